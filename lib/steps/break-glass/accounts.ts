import type { OwnSecret, Survey } from '../planning.js';

/** The same with those listed accounts alone that people use from day to day, or that they hold for the worst one. */
export function accountsOf({ target }: Pick<Survey, 'target'>, secret: OwnSecret, which: 'day-to-day' | 'break-glass'): OwnSecret {
  const held = target.allow.accounts.filter(({ holders }) => holders !== undefined).map(({ userName }) => userName);
  return { ...secret, accounts: secret.accounts.filter(({ userName }) => held.includes(userName) === (which === 'break-glass')) };
}
