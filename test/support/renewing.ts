import { setTimeout as delay } from 'node:timers/promises';
import type { FaultName } from '../../drill/faults/faults.js';
import type { ProfileName } from '../../drill/profiles/profiles.js';
import { id, type Digest } from '../../lib/model/json.js';
import type { Order, Outcome } from '../../lib/model/operation.js';
import { operationsOf, type IndexRow, type Plan } from '../../lib/model/plan.js';
import type { GateRef } from '../../lib/model/work.js';
import type { ExecutorDeps } from '../../lib/operations/job.js';
import { shownKey } from '../../lib/redfish/shown-key.js';
import { openPins, type PinsRecord } from '../../lib/store/pins.js';
import type { Authority } from './authority.js';
import { oneTarget, POLICY, type OneTarget } from './one-target.js';
import { codeOf, isRunning, signRetry } from './as-the-engine.js';

export const CERTIFICATES = id<'step'>('certificates');

export const SUBJECT = { organization: 'Example', organizationalUnit: 'Operations', city: 'Berlin', state: 'Berlin', country: 'DE' };

/** What the engine comes to with the section that renews the key. */
export interface End {
  /** `done`, or the code with which the target parks. */
  readonly is: string;
  /** The operation that it parks at, by what it does. */
  readonly at: string;
  readonly closing: readonly string[];
}

export interface GoOn {
  readonly retry?: number;
  /** What the executor stands on in the n-th attempt of all, from 1. */
  readonly over?: (deps: ExecutorDeps, attempt: number) => ExecutorDeps;
  /** Between two attempts. */
  readonly between?: () => void;
}

/** Who shows what, by the BMC's own account and by ours. */
export interface Truth {
  /** The key that the BMC shows. */
  readonly shows: 'old' | 'new';
  readonly record: PinsRecord;
  /** How often a key was asked for, a certificate sent, and the BMC reset. */
  readonly asked: number;
  readonly sent: number;
  readonly resets: number;
}

export interface Renewing extends AsyncDisposable {
  readonly one: OneTarget;
  readonly plan: Plan;
  readonly row: IndexRow;
  readonly gate: GateRef;
  /** As the workflow drives it: in order, the same again while it is not settled, to the first that is not done; then what the section ends with. */
  goOn(how?: GoOn): Promise<End>;
  truth(): Promise<Truth>;
}

export interface Setting {
  readonly profile: ProfileName;
  readonly authority: Pick<Authority, 'command' | 'pem'>;
  readonly fault?: FaultName | null;
}

/** Everything up to the approved gate, on a BMC whose pauses take a tenth of a second. */
export async function renewing({ profile, authority: { command, pem }, fault = null }: Setting): Promise<Renewing> {
  const options = { profile, compromise: false, pace: { startMs: 100, lateMs: 100 } };
  const one = await oneTarget(options, POLICY, CERTIFICATES, { authority: { command, pem, subject: SUBJECT } });
  if (fault !== null) await one.fleet.fault(one.bmc.id, fault);
  const { plan, row, counts } = await one.review();
  const gate = await one.open({ row, counts });
  await one.seal('accounts', 'sessions', 'configuration', 'volatile-logs');
  await one.approve(gate);
  const attempt = (operation: number, change: Partial<Order>, over: (deps: ExecutorDeps) => ExecutorDeps): Promise<Outcome> =>
    one.executor(over).attempt(one.order(row, operation, change), one.context(gate), new AbortController().signal);
  const [section] = plan.sections;
  if (section === undefined) throw new RangeError('the plan has no section');
  return {
    one,
    plan,
    row,
    gate,
    async goOn({ retry = 0, over = (deps: ExecutorDeps) => deps, between }: GoOn = {}) {
      if (retry > 0) await signRetry(one, CERTIFICATES, retry - 1);
      let attempts = 0;
      const settled = async (operation: number): Promise<string> => {
        let running = 0;
        for (let n = 0; n < MOST_ATTEMPTS; n++) {
          attempts += 1;
          const number = attempts;
          // The worker's clock: what never ends is given up after the operation's own limit.
          const late = running > PATIENCE ? LATE_MS : 0;
          const ahead = (deps: ExecutorDeps): ExecutorDeps => ({ ...deps, now: () => Date.now() + late });
          const outcome = await attempt(operation, { retry }, (deps) => over(ahead(deps), number)).catch((error: unknown) => error);
          between?.();
          const is = codeOf(outcome);
          if (is !== null) return is;
          if (!isRunning(outcome)) continue;
          running += 1;
          await delay(25);
        }
        throw new RangeError(`operation ${String(operation)} never settled`);
      };
      for (const { n } of section.operations) {
        const is = await settled(n);
        if (is === 'done' || is === 'already') continue;
        const closing = [];
        for (const last of section.always) closing.push(await settled(last.n));
        return { is, at: actOf(plan, n), closing };
      }
      for (const { n } of section.always) await settled(n);
      return { is: 'done', at: '', closing: [] };
    },
    truth: () => truthOf(one),
    [Symbol.asyncDispose]: () => one.close(),
  };
}

export function actOf(plan: Plan, n: number): string {
  const send = operationsOf(plan).find((operation) => operation.n === n)?.send;
  return send?.kind === 'certificate' ? send.act : (send?.kind ?? 'none');
}

/** The key that somebody who asks is shown now. */
export function shown({ target }: Pick<OneTarget, 'target'>): Promise<Digest<'spki'>> {
  return shownKey({ address: target.address, minimum: 'TLSv1.2', signal: new AbortController().signal });
}

/** Enough for the looks of every operation, and a BMC that starts again in between. */
const MOST_ATTEMPTS = 120;
/** Longer than any BMC here takes to start again. */
const PATIENCE = 40;
const LATE_MS = 21 * 60_000;

async function truthOf(one: OneTarget): Promise<Truth> {
  const { bmc, target, fleet, layout } = one;
  const asked = (end: RegExp): number => fleet.wire.entries.filter(({ method, uri }) => method === 'POST' && end.test(uri)).length;
  return {
    shows: (await shown(one)) === bmc.pin ? 'old' : 'new',
    record: await openPins(layout.pins).read(target.id),
    asked: asked(/\.GenerateCSR\/?$/),
    sent: asked(/\.(?:ReplaceCertificate|ImportCertificate)\/?$/),
    resets: asked(/\/Manager\.Reset\/?$/),
  };
}
