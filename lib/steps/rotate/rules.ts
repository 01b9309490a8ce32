import type { PasswordRules } from '../../model/password.js';
import { at, linkAt } from '../../redfish/json.js';
import { StepError } from '../error.js';
import type { Ground } from '../freeze/ground.js';
import type { Survey } from '../planning.js';

/** Shorter than this is guessed, whatever a BMC allows. */
const SHORTEST = 12;

/**
 * What this BMC takes as a password: its AccountService's MinPasswordLength and MaxPasswordLength (DSP2046), and what is known of its maker; never
 * longer than IPMI carries, since most accounts log in by that as well. Throws UNSUPPORTED where no good password fits.
 */
export async function passwordRules({ reader, target }: Survey, { root, vendor: { passwords } }: Ground): Promise<PasswordRules> {
  const service = linkAt(root, 'AccountService');
  const body = service === null ? undefined : ((await reader.get(service)).json ?? undefined);
  const least = Math.max(SHORTEST, ...known(at(body, 'MinPasswordLength'), passwords.min));
  const most = Math.min(passwords.ipmi, ...known(at(body, 'MaxPasswordLength'), passwords.max));
  if (least > most)
    throw new StepError(
      'UNSUPPORTED',
      `${target.id} asks for passwords of ${String(least)} to ${String(most)} characters, which none is; change it by hand`,
    );
  return {
    minLength: least,
    maxLength: most,
    classes: passwords.classes > 3 ? ['lower', 'upper', 'digit', 'symbol'] : ['lower', 'upper', 'digit'],
  };
}

function known(...values: readonly unknown[]): readonly number[] {
  return values.filter((value): value is number => typeof value === 'number' && Number.isInteger(value) && value > 0);
}
