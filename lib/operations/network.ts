import { captureWitness } from '../isolation/witness.js';
import type { InForce } from '../isolation/enforcer.js';
import { EFFECTS } from '../model/effect.js';
import type { Order, Send } from '../model/operation.js';
import { canonical } from '../trust/canonical.js';
import { claimKey } from '../store/claims.js';
import { claim, type Look, type Prepared } from './bench.js';
import { effectOf } from './effect.js';
import { refuse } from './error.js';
import type { EnforcerBench } from './on-enforcer.js';

type Network = Send & { kind: 'network' };

/**
 * Gets one change of the rules ready: judged against what is in force now, and only once the witness that is no suspect is sealed: the flows,
 * neighbours and rules that the change destroys. Null when the rules are in force already.
 */
export async function prepareNetwork(bench: EnforcerBench, send: Network): Promise<Prepared | null> {
  const { enforcer, order, effect, name } = bench;
  const before = await enforcer.inForce();
  if (isDone(send, before, order)) return null;
  requireOurs(before.rules, order, name);
  if (order.release === null) requireNarrowing(send, before.rules, effect);
  if (send.rules !== null) await enforcer.check(send.rules);
  await captureWitness(bench.series, name, enforcer);
  return {
    seen: {},
    act: async () => {
      const failed = await apply(bench, send, null);
      return failed === 'RULES_REFUSED' || failed === 'ANOTHER_INCIDENT' ? { is: 'failed', code: failed } : observeNetwork(bench, send);
    },
  };
}

/** An answer that is lost is looked for: the change is atomic, so it is there or it is not. Returns the code of what went wrong. */
async function apply(
  { enforcer, shield, series, order, name }: EnforcerBench,
  send: Network,
  member: string | null,
): Promise<string | null> {
  const failed = await shield.during(() =>
    enforcer.apply(send.rules, send.armedForS).then(
      () => null,
      (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'UNEXPECTED'),
    ),
  );
  await series.record('operation.observed', { claim: claimKey(order, member), enforcer: name, error: failed });
  return failed;
}

/** The claim of the one more time that a cut which is seen not to be there is put there. */
const AGAIN = 'again';

export async function observeNetwork(bench: EnforcerBench, send: Network): Promise<Look> {
  const { enforcer, name, order, series } = bench;
  const found = await enforcer.inForce();
  await series.record('operation.observed', {
    claim: claimKey(order, null),
    enforcer: name,
    rules: found.rules === null ? null : canonical(found.rules).slice(0, 2000),
    armed: found.armed,
    intact: found.intact,
  });
  if (isDone(send, found, order)) return { is: 'done' };
  if (await putThereAgain(bench, send, found)) return observeNetwork(bench, send);
  return { is: 'unsettled', shown: true, acknowledged: true, code: 'NOT_APPLIED' };
}

/**
 * A worker that died between its claim and the gateway leaves a segment open. The change is atomic and seen to be absent, so what narrows is put
 * there once more, under a claim of its own and only while the gate is open, since somebody may have cancelled, denied or released it meanwhile;
 * what lifts waits for a person.
 */
async function putThereAgain(bench: EnforcerBench, send: Network, found: InForce): Promise<boolean> {
  const { order, claims } = bench;
  const { rules } = found;
  if (order.release !== null || send.rules === null || (rules !== null && rules.incident !== order.incident)) return false;
  if (EFFECTS.indexOf(effectOf(send, rules)) > EFFECTS.indexOf('contain') || (await claims.find(order, AGAIN)) !== null) return false;
  if (!stands(send, found) && !(await isOpen(bench))) return false;
  await claim(bench, AGAIN);
  await apply(bench, send, AGAIN);
  return true;
}

/** Only the timer is in question: a section that has begun is finished, whatever closed its gate. */
function stands({ rules }: Network, found: InForce): boolean {
  return found.intact && canonical(found.rules) === canonical(rules);
}

async function isOpen({ gateOpen, series, order, name }: EnforcerBench): Promise<boolean> {
  const check = await gateOpen();
  if (!check.open)
    await series.record('operation.observed', { claim: claimKey(order, null), enforcer: name, again: false, gate: check.code });
  return check.open;
}

function isDone(send: Network, found: InForce, { incident }: Order): boolean {
  const { rules, armedForS } = send;
  // To take ours away is to leave another incident's where they are.
  if (rules === null && found.rules !== null && found.rules.incident !== incident) return true;
  if (!stands(send, found)) return false;
  // Rules whose timer runs, or has run out, let more in than those that are disarmed.
  return rules === null || armedForS !== null || !found.armed;
}

function requireOurs(rules: InForce['rules'], { incident }: Order, name: string): void {
  if (rules !== null && rules.incident !== incident)
    refuse('ANOTHER_INCIDENT', `${name} enforces the rules of ${rules.incident}; those are taken back by its own release`);
}

/**
 * The launch lets us narrow and nothing else: what our rules in force were made to let through decides what these are. That somebody has changed
 * them since makes putting them back no more than that.
 */
function requireNarrowing(send: Network, rules: InForce['rules'], allowed: EnforcerBench['effect']): void {
  const effect = effectOf(send, rules);
  if (EFFECTS.indexOf(effect) > EFFECTS.indexOf(allowed))
    refuse('EFFECT_TOO_GRAVE', `these rules would let more through than those in force: that is a ${effect}, and needs a release first`);
}
