import type { Digest } from '../model/json.js';
import type { CertificateSend } from '../model/operation.js';
import type { Target } from '../model/site.js';
import type { Look, Prepared, Workbench } from './bench.js';
import { installCertificate } from './certificate-install.js';
import { proveKey } from './certificate-proof.js';
import { requestCertificate } from './certificate-request.js';
import { resetForCertificate } from './certificate-reset.js';
import { signCertificate } from './certificate-sign.js';
import { refuse } from './error.js';
import type { Hand } from './hand.js';
import type { Job } from './job.js';
import { patiently } from './new-secret.js';
import { conversationWith } from './conversation.js';
import type { Renewing } from './renewal.js';

/** What one part of a renewal does; `prepare` may open the conversation, of which `session` is ours. */
export interface Part {
  prepare(): Promise<Prepared | null>;
  observe(): Promise<Look>;
}

/**
 * Gives a BMC a new TLS key, part by part. Between the sending of the certificate and its proof the BMC may show either key; every conversation takes
 * those two and no other, and what it shows is found out by handshakes, in which no secret leaves.
 */
export async function onCertificate<T>(
  job: Job,
  target: Target,
  common: Workbench,
  send: CertificateSend,
  identity: Digest<'identity'>,
  work: (hand: Hand) => Promise<T>,
): Promise<T> {
  if (target.protocol !== 'redfish') return refuse('UNSUPPORTED_KIND', 'a BMC that speaks IPMI alone has no certificate');
  const about = { job, target, bench: common, identity };
  const conversation = conversationWith(about);
  const part = partOf({ ...about, conversation }, send);
  const hand = {
    bench: common,
    // Who answers is looked at within each conversation.
    requireDevice: () => Promise.resolve(),
    async prepare(): Promise<Prepared | null> {
      const prepared = await part.prepare();
      if (prepared !== null && send.act !== 'sign' && send.act !== 'prove') hand.bench = await conversation.open();
      return prepared;
    },
    observe: () => patiently(() => part.observe()),
  };
  try {
    return await work(hand);
  } finally {
    await conversation.close();
  }
}

function partOf(renewing: Renewing, send: CertificateSend): Part {
  switch (send.act) {
    case 'request':
      return requestCertificate(renewing, send);
    case 'sign':
      return signCertificate(renewing);
    case 'install':
      return installCertificate(renewing, send);
    case 'reset':
      return resetForCertificate(renewing, send);
    case 'prove':
      return proveKey(renewing);
  }
}
