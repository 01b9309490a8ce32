import { copyFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KvClient } from '../../lib/vault/kv-client.js';
import { openKvHttp } from '../../lib/vault/kv-http.js';
import { KvStore } from '../../lib/vault/kv-store.js';
import { KvToken } from '../../lib/vault/kv-token.js';
import { openStores } from '../../lib/vault/stores.js';
import { failingSecrets, type FailingSecrets } from '../support/failing-vault.js';
import { rotating, type Rotating } from '../support/rotating.js';
import { requireRotated, requireSafe } from '../rotation/cases.js';
import { serveVault, writeByHand, type Served } from './server.js';

let served: Served;
beforeAll(async () => {
  served = await serveVault();
});
afterAll(() => served.stop());

interface Files {
  readonly roleId: string;
  readonly secretId: string;
}

interface Scene extends AsyncDisposable {
  readonly here: Rotating;
  readonly store: FailingSecrets;
  readonly login: Files;
}

let count = 0;

/** An emulated BMC whose secret lies in the real server, and one worker that is logged in there. `uses`: of what it logs in with; 0: any number. */
async function scene(uses: number): Promise<Scene> {
  const login = await served.loginFiles('worker', uses);
  const http = openKvHttp({ address: served.address, namespace: null, ca: served.ca, pin: null });
  const kv = new KvStore(new KvClient(http, new KvToken(http, { method: 'approle', mount: 'approle', ...login }), 'secret'));
  const number = String(++count);
  const store = failingSecrets({
    stores: openStores(new Map([['hv', kv]])),
    referenceOf: (target) => `vault://hv/fleet/${target}-${number}`,
    write: (reference, { userName, password }) => writeByHand(served, reference, { userName, password: password.reveal() }),
  });
  const here = await rotating({ profile: 'openbmc', secrets: () => store });
  // Logged in, and so with the one use of its secret id behind it.
  await kv.read(here.one.target.secret);
  return {
    here,
    store,
    login,
    async [Symbol.asyncDispose]() {
      await here[Symbol.asyncDispose]();
      await kv.close();
    },
  };
}

/** Something that happens to the server, or to our standing with it, and how that is mended. */
interface Day {
  readonly happens: (at: Scene) => Promise<void>;
  /** What the target parks with; null: nobody need notice. */
  readonly parks: 'UNREACHABLE' | 'SEALED' | 'FORBIDDEN' | null;
  /** It may come too late to be noticed. */
  readonly races?: boolean;
  readonly mends?: (at: Scene) => Promise<void>;
  readonly uses?: number;
}

let dying = Promise.resolve();
const back = async (): Promise<void> => {
  await served.start();
  await served.unseal();
};
const revoke = async (): Promise<void> => {
  await served.admin('PUT', 'sys/leases/revoke-prefix/auth/approle');
};

const DAYS: Readonly<Record<string, Day>> = {
  'killed, and not back': { happens: () => served.kill(), parks: 'UNREACHABLE', mends: back },
  'killed, and back at once': { happens: () => served.kill().then(back), parks: null },
  'killed while it is asked': {
    happens() {
      dying = served.kill();
      return Promise.resolve();
    },
    parks: 'UNREACHABLE',
    races: true,
    mends: () => dying.then(back),
  },
  'not heard any more once it has done what it was asked': {
    happens({ store }) {
      store.fail({ at: store.calls.length + 1, code: 'UNREACHABLE', when: 'after', lasts: 'once' });
      return Promise.resolve();
    },
    parks: null,
  },
  sealed: { happens: () => served.seal(), parks: 'SEALED', mends: () => served.unseal() },
  'of another mind about our token, and lets us log in again': { happens: revoke, parks: null },
  'of another mind about our token, and takes our secret id no more': {
    happens: revoke,
    parks: 'FORBIDDEN',
    uses: 1,
    mends: async ({ login }) => copyFile((await served.loginFiles('worker', 0)).secretId, login.secretId),
  },
};

test('a rotation whose secret lies in a real Vault ends there', async () => {
  await using at = await scene(0);
  expect(await at.here.goOn()).toMatchObject({ is: 'done' });
  requireRotated(await at.here.truth());
  const { target, secrets } = at.here.one;
  expect((await secrets.stores.vaultOf(target.secret).read(target.secret)).version).toBe(2);
});

test.each(Object.keys(DAYS))(
  'a server that is %s, before any call of a rotation, costs nobody the BMC',
  async (name) => {
    const day = DAYS[name];
    if (day === undefined) throw new RangeError(name);
    const calls = await callsOf();
    for (let nth = 1; nth <= calls.length; nth++) {
      const where = `${String(nth)} ${calls[nth - 1] ?? ''}`;
      await using at = await scene(day.uses ?? 0);
      at.store.fail(null);
      at.store.before(nth, () => day.happens(at));
      const end = await at.here.goOn({ patience: 1 });
      at.store.fail(null);
      await day.mends?.(at);
      const truth = await at.here.truth();
      requireSafe(truth);
      expect([where, truth.works.length]).toEqual([where, 1]);
      if (day.parks !== null && !(day.races === true && end.is === 'done')) {
        expect([`${where} ${day.parks}`, `${where} NEVER_ENDED`]).toContain(`${where} ${end.is}`);
        expect([where, (await at.here.goOn({ retry: 1 })).is]).toEqual([where, 'done']);
      } else expect([where, end.is]).toEqual([where, 'done']);
      requireRotated(await at.here.truth(), 2);
    }
  },
  240_000,
);

/** What an undisturbed rotation asks of the store. */
async function callsOf(): Promise<FailingSecrets['calls']> {
  await using at = await scene(0);
  at.store.fail(null);
  await at.here.goOn();
  return [...at.store.calls];
}
