import type { Id } from '../model/json.js';
import type { Burned } from '../store/burned.js';
import type { Credentials } from '../store/credentials.js';

/**
 * Once the incident's own account lets us in no longer, since somebody has changed it, the login that a person allows next is the inventory's, which
 * stays enabled for that. Its caller holds the target's lock.
 */
export function withWayBack(credentials: Pick<Credentials, 'read' | 'keep'>, target: Id<'target'>, burned: Burned): Burned {
  return {
    ...burned,
    async burn(burn, known) {
      await burned.burn(burn, known);
      const { account } = await credentials.read(target);
      if (burn.code === 'LOGIN_REFUSED' && account?.state === 'used')
        await credentials.keep(target, { ...account, state: 'lost', code: 'OWN_LOGIN_REFUSED' });
    },
  };
}
