import type { CertificateSend } from '../model/operation.js';
import { isNo, isYes, sendOnce, type Look } from './bench.js';
import type { Part } from './certificate.js';
import { refuse } from './error.js';
import { patiently } from './new-secret.js';
import { lookAtKey, noteRenewal, renewalOf, requireRenewal, type Renewing } from './renewal.js';

type Install = CertificateSend & { act: 'install' };

/**
 * Gives the BMC its certificate, once. From before it leaves until it is proven, the new key is taken beside the old one. Where the BMC serves it only after a
 * reset nobody can tell before that whether it has it: the answer is all there is, and without one the reset comes all the same and shows it.
 */
export function installCertificate(renewing: Renewing, send: Install): Part {
  const { conversation } = renewing;
  return {
    async prepare() {
      const known = await requireRenewal(renewing, 'signed', 'sent');
      // Sent by an earlier attempt: what came of it is seen by what the BMC shows, and it is not sent again.
      if (known.state === 'sent') return null;
      const bench = await conversation.open();
      if (bench.connection.peer !== known.old)
        refuse('PRECONDITION_FAILED', 'the BMC shows another key than the one that is to be replaced');
      // What is about to be overwritten, for the record.
      await bench.reader('before-claim').get(send.replaces);
      const body = { ...send.body, [send.property]: ownOf(known.issued ?? '') };
      return {
        seen: {},
        act: async () => {
          await noteRenewal(renewing, { ...known, state: 'sent' });
          const left = await sendOnce(bench, null, { method: 'POST', uri: send.uri, body, ifMatch: null });
          if (left) return patiently(() => observe(renewing, send));
          await noteRenewal(renewing, known);
          return { is: 'failed', code: 'NOT_SENT' };
        },
      };
    },
    observe: () => observe(renewing, send),
  };
}

async function observe(renewing: Renewing, { reset }: Install): Promise<Look> {
  const {
    bench: { order, claims },
  } = renewing;
  const known = await renewalOf(renewing);
  if (known?.state !== 'sent') return { is: 'failed', code: known?.state === 'not-applied' ? 'NOT_APPLIED' : 'NOT_SENT' };
  const { answer } = await claims.tries(order, null);
  if (isNo(answer?.status)) {
    // The BMC may have forgotten the key of this request: a retry begins with another.
    await noteRenewal(renewing, null);
    return { is: 'failed', code: `HTTP_${String(answer.status)}` };
  }
  if (reset && isYes(answer?.status)) return { is: 'done' };
  const look = await lookAtKey(renewing, known);
  return reset && look.is === 'unsettled' ? { is: 'done' } : look;
}

/** The BMC's own certificate: its issuers are the business of those who check it. */
function ownOf(chain: string): string {
  return (
    /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/.exec(chain)?.[0] ??
    refuse('PRECONDITION_FAILED', 'there is no certificate to send')
  );
}
