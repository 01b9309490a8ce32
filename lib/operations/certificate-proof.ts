import type { Renewal } from '../store/pins.js';
import type { Look } from './bench.js';
import type { Part } from './certificate.js';
import { patiently } from './new-secret.js';
import { lookAtKey, renewalOf, requireRenewal, type Renewing } from './renewal.js';

/** Sees that the device that was planned for answers with the new key, and requires that key from then on; the old one is refused. */
export function proveKey(renewing: Renewing): Part {
  const { job, target } = renewing;
  const isProven = async (): Promise<boolean> => (await job.deps.pins.read(target.id)).provenBy === job.order.plan;
  return {
    async prepare() {
      if ((await renewalOf(renewing)) === null && (await isProven())) return null;
      const known = await requireRenewal(renewing, 'sent');
      return { seen: {}, act: () => patiently(() => prove(renewing, known)) };
    },
    async observe() {
      const known = await renewalOf(renewing);
      if (known?.state === 'sent') return prove(renewing, known);
      if (known === null && (await isProven())) return { is: 'done' };
      return { is: 'failed', code: known?.state === 'not-applied' ? 'NOT_APPLIED' : 'NOT_SENT' };
    },
  };
}

async function prove(renewing: Renewing, known: Renewal): Promise<Look> {
  const { job, target, conversation } = renewing;
  const look = await lookAtKey(renewing, known);
  if (look.is !== 'done' || known.fresh === null) return look;
  const { connection } = await conversation.open();
  // Between two handshakes it went back.
  if (connection.peer !== known.fresh) return { is: 'unsettled', shown: true, acknowledged: false };
  await job.series.record('pin.replaced', { old: known.old, pin: known.fresh });
  await job.deps.pins.replace(target.id, { old: known.old, fresh: known.fresh }, job.order.plan);
  return { is: 'done' };
}
