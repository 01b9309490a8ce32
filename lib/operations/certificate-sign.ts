import { CertificateError } from '../certificates/error.js';
import { readIssued } from '../certificates/issued.js';
import type { Authority } from '../certificates/authority.js';
import type { Renewal } from '../store/pins.js';
import type { Look } from './bench.js';
import type { Part } from './certificate.js';
import { refuse } from './error.js';
import { keepText, noteRenewal, renewalOf, requireRenewal, type Renewing } from './renewal.js';

/** Has the site's authority sign the request, once; nothing goes to the BMC. */
export function signCertificate(renewing: Renewing): Part {
  const { job } = renewing;
  return {
    async prepare() {
      const known = await requireRenewal(renewing, 'requested', 'signed', 'sent');
      const authority = await job.deps.certificateAuthority(job.order.incident);
      if (authority === null) return refuse('PRECONDITION_FAILED', 'the site names no certificateAuthority');
      if (known.state === 'sent' || (known.issued !== null && holds(renewing, authority, known, known.issued))) return null;
      return { seen: {}, act: () => sign(renewing, authority, known) };
    },
    async observe() {
      // Asking it again could make a second certificate: a person decides.
      return (await renewalOf(renewing))?.state === 'signed' ? { is: 'done' } : { is: 'failed', code: 'SIGNING_LOST' };
    },
  };
}

async function sign(renewing: Renewing, authority: Authority, known: Renewal): Promise<Look> {
  const { job, bench } = renewing;
  try {
    const answer = await bench.shield.during(() => authority.sign(known.request ?? '', job.signal));
    await keepText(renewing, 'certificate', answer);
    const { chain, notAfter } = readIssued(answer, wanted(renewing, authority, known));
    await job.series.record('certificate.issued', { key: known.fresh, notAfter: new Date(notAfter).toISOString() });
    await noteRenewal(renewing, { ...known, state: 'signed', issued: chain });
    return { is: 'done' };
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    await job.series.record('certificate.refused', { key: known.fresh, code: error.code, why: error.message });
    return { is: 'failed', code: error.code };
  }
}

/** One that was signed and never sent may have ended meanwhile. */
function holds(renewing: Renewing, authority: Authority, known: Renewal, issued: string): boolean {
  try {
    readIssued(issued, wanted(renewing, authority, known));
    return true;
  } catch (error) {
    if (error instanceof CertificateError) return false;
    throw error;
  }
}

function wanted({ job, target }: Renewing, authority: Authority, { fresh }: Renewal): Parameters<typeof readIssued>[1] {
  if (fresh === null) return refuse('PRECONDITION_FAILED', `the request of ${target.id} was not checked`);
  const host = new URL(target.address).hostname.replace(/^\[|\]$/g, '');
  return { request: { key: fresh }, host, authority: authority.pem, now: job.deps.now() };
}
