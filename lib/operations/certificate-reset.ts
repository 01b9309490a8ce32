import type { CertificateSend } from '../model/operation.js';
import { isNo, sendOnce, type Look } from './bench.js';
import type { Part } from './certificate.js';
import { patiently } from './new-secret.js';
import { lookAtKey, renewalOf, requireRenewal, type Renewing } from './renewal.js';

/** Resets a BMC that was given a certificate, once, and waits for it to show the new key. */
export function resetForCertificate(renewing: Renewing, send: CertificateSend & { act: 'reset' }): Part {
  const { conversation } = renewing;
  return {
    async prepare() {
      const known = await requireRenewal(renewing, 'sent');
      const bench = await conversation.open();
      // It has started again meanwhile, whoever made it.
      if (bench.connection.peer === known.fresh) return null;
      return {
        seen: {},
        act: async () => {
          const left = await sendOnce(bench, null, { method: 'POST', uri: send.uri, body: send.body, ifMatch: null });
          return left ? patiently(() => observe(renewing)) : { is: 'failed', code: 'NOT_SENT' };
        },
      };
    },
    observe: () => observe(renewing),
  };
}

async function observe(renewing: Renewing): Promise<Look> {
  const {
    bench: { order, claims },
  } = renewing;
  const known = await renewalOf(renewing);
  if (known?.state !== 'sent') return { is: 'failed', code: known?.state === 'not-applied' ? 'NOT_APPLIED' : 'NOT_SENT' };
  const { answer } = await claims.tries(order, null);
  // The certificate waits for whatever reset comes next: both keys go on being taken.
  if (isNo(answer?.status)) return { is: 'failed', code: `HTTP_${String(answer.status)}` };
  return lookAtKey(renewing, known);
}
