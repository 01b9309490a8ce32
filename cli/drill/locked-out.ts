import type { Verdict } from '../../lib/model/verdict.js';
import type { Rehearsed } from './score.js';
import type { Surprise } from './surprises.js';

/** Every target on which what the vault holds does not get in, or what it held before a rotation that is called done still does. */
export function lockedOut({ view, truth, logins }: Pick<Rehearsed, 'view' | 'truth' | 'logins'>): Surprise[] {
  const phase = view.phases.find(({ step }) => step === 'rotate');
  if (phase === undefined) return [];
  const rotated = new Set(phase.settled.flatMap(({ verdict, targets }) => (isRotated(verdict) ? targets.map(String) : [])));
  return truth.targets.flatMap(({ id, fault, oldWorks, unsupported }) => {
    const name = fault === null ? id : `${id} (${fault.name})`;
    const came = logins.find(({ target }) => target === id)?.came ?? 'nothing';
    const due = fault?.expect.login ?? 'done';
    const kept = oldWorks && rotated.has(id) && !unsupported.includes('rotate');
    return [
      ...(came === due ? [] : [{ target: id, line: `${name} came to ${came} when the vault's login was tried, not to ${due}` }]),
      ...(kept ? [{ target: id, line: `${name} takes the password that it had before a rotation which is called done` }] : []),
    ];
  });
}

/** Where a secret had to stay, that is another one: our own is rotated all the same. */
function isRotated(verdict: Verdict): boolean {
  return verdict.is === 'done' || (verdict.is === 'unsupported' && verdict.code === 'SECRET_STAYS');
}
