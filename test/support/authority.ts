import { createHash, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa, execaSync } from 'execa';
import { digest, type Digest } from '../../lib/model/json.js';

/** Certificates are made by openssl, so that the judge is not our own code. */
export const HAS_OPENSSL = execaSync('openssl', ['version'], { reject: false }).exitCode === 0;
if (!HAS_OPENSSL) process.stderr.write('skipped: openssl is not installed, so no authority can issue certificates for these tests\n');

/** A certificate authority of a test. */
export interface Authority {
  readonly pem: string;
  /** A server's key and the chain it shows, for these subject alternative names. */
  issue(names: string): Promise<{ readonly key: string; readonly cert: string; readonly pin: Digest<'spki'> }>;
  /** The program of the examples, which signs with this authority: what a site's `certificateAuthority` names. */
  readonly command: readonly string[];
  /** What openssl says of the chain and the address of whoever answers there. */
  vouchesFor(address: string): Promise<boolean>;
  remove(): Promise<void>;
}

const SIGNER = fileURLToPath(new URL('../../examples/certificates/sign-with-openssl.sh', import.meta.url));
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export async function makeAuthority(name: string): Promise<Authority> {
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-authority-'));
  const openssl = (...args: string[]) => execa('openssl', args, { cwd: folder });
  const root = ['-keyout', 'ca.key', '-out', 'ca.pem', '-days', '30', '-subj', `/CN=${name}`];
  await openssl('req', '-x509', ...KEY, ...root, '-addext', 'basicConstraints=critical,CA:TRUE');
  const pem = await readFile(join(folder, 'ca.pem'), 'utf8');
  return {
    pem,
    async issue(names) {
      await openssl('req', ...KEY, '-keyout', 'bmc.key', '-out', 'bmc.csr', '-subj', '/CN=bmc');
      await writeFile(join(folder, 'names'), `subjectAltName=${names}\n`);
      const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '30', '-extfile', 'names'];
      await openssl('x509', '-req', '-in', 'bmc.csr', '-out', 'bmc.pem', ...by);
      const own = await readFile(join(folder, 'bmc.pem'), 'utf8');
      const spki = new X509Certificate(own).publicKey.export({ type: 'spki', format: 'der' });
      return {
        key: await readFile(join(folder, 'bmc.key'), 'utf8'),
        cert: own + pem,
        pin: digest(createHash('sha256').update(spki).digest('hex')),
      };
    },
    async vouchesFor(address) {
      const { hostname, host } = new URL(address);
      const judge = ['-CAfile', 'ca.pem', '-verify_ip', hostname, '-verify_return_error'];
      const { exitCode } = await execa('openssl', ['s_client', '-connect', host, ...judge], { cwd: folder, input: '', reject: false });
      return exitCode === 0;
    },
    command: [SIGNER, folder, '30'],
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
