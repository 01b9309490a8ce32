import { must, signedBy, untilEnded } from './desk.js';
import { CAST } from './lab.js';
import { People } from './people.js';
import type { RehearseOptions } from './rehearse.js';
import { LOG_IN } from './scenarios.js';
import type { Rehearsed } from './score.js';

const INCIDENT = 'drill-logins';

/**
 * What the vault's login comes to on each BMC, once whatever was broken is mended: `done`, or the code with which it parks. An incident of its own,
 * since one that was refused once sends no secret again.
 */
export async function tryLogins({ lab, say, signal }: Omit<RehearseOptions, 'runbook'>): Promise<Rehearsed['logins']> {
  await lab.mend();
  say('all is mended; the logins of the vault are tried');
  const open = ['incident', 'open', '--all', '--id', INCIDENT, '--runbook', LOG_IN];
  await must(lab, [...open, ...signedBy(lab, CAST.responder, 'who gets in afterwards')]);
  const people = new People(lab, INCIDENT, say);
  const view = await untilEnded(lab, INCIDENT, signal, (seen) => people.decide(seen));
  const done = view.phases.flatMap(({ settled }) => settled.flatMap(({ verdict, targets }) => (verdict.is === 'done' ? targets : [])));
  return [...people.parked.map(({ target, code }) => ({ target, came: code })), ...done.map((target) => ({ target, came: 'done' }))];
}
