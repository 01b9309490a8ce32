import { z } from 'zod';
import type { VaultServer } from '../vault/stores.js';
import { VaultError } from '../vault/error.js';
import type { Authority } from './authority.js';
import { CertificateError } from './error.js';

/**
 * The PKI secrets engine of HashiCorp Vault or OpenBao, with the login of the store of that server. The role decides what it signs; it has to take names
 * and addresses from the request (`use_csr_common_name`, `use_csr_sans`, `allow_ip_sans`).
 */
export function vaultAuthority(
  server: VaultServer,
  { mount, role }: { readonly mount: string; readonly role: string },
  pem: string,
): Authority {
  return {
    pem,
    async sign(request) {
      const path = `${mount}/sign/${role}`;
      const { status, body } = await server
        .other({ method: 'POST', path, body: { csr: request, format: 'pem' } })
        .catch((cause: unknown) => {
          if (cause instanceof VaultError) throw new CertificateError('AUTHORITY_FAILED', cause.message, cause);
          throw cause;
        });
      const signed = Signed.safeParse(body);
      // Its words could quote the request; the status says enough for who looks into the server's own log.
      if (status !== 200 || !signed.success)
        throw new CertificateError('AUTHORITY_FAILED', `${path} answers with status ${String(status)} and no certificate`);
      const { certificate, issuing_ca: issuer, ca_chain: chain } = signed.data.data;
      return [certificate, ...(chain ?? (issuer === undefined ? [] : [issuer]))].map((one) => `${one.trim()}\n`).join('');
    },
  };
}

const Pem = z.string().max(32_768);
const Signed = z.object({ data: z.object({ certificate: Pem, issuing_ca: Pem.optional(), ca_chain: z.array(Pem).max(8).optional() }) });
