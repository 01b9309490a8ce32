import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test, vi, afterAll } from 'vitest';
import { selfSigned, signingRequest } from '../../drill/certificate.js';
import type { FaultName } from '../../drill/faults/faults.js';
import { textAt } from '../../drill/json.js';
import type { ProfileName } from '../../drill/profiles/profiles.js';
import { oneBmc, type OneBmc } from '../support/one-bmc.js';
import { ask, membersOf, messageIds, visit, type Answered, type Visitor } from './bmc-client.js';

const SERVICE = '/redfish/v1/CertificateService/Actions/CertificateService';
const ILO = '/redfish/v1/Managers/1/SecurityService/HttpsCert';
let folder: string;
let one: OneBmc | null = null;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cofferdam-ca-'));
  const { key, cert } = selfSigned('site CA', '127.0.0.1');
  writeFileSync(join(folder, 'ca.key'), key);
  writeFileSync(join(folder, 'ca.pem'), cert);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterEach(async () => {
  await one?.close();
  one = null;
});

/** The site's authority is stock openssl, which also checks that the request is signed by its own key. */
function signs(csr: string): string {
  writeFileSync(join(folder, 'request.pem'), csr);
  const args = [
    'x509',
    '-req',
    '-in',
    'request.pem',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-set_serial',
    '7',
    '-days',
    '2',
    '-out',
    'new.pem',
  ];
  execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  return readFileSync(join(folder, 'new.pem'), 'utf8');
}

interface Standing {
  readonly here: OneBmc;
  readonly visitor: Visitor;
  readonly member: string;
  readonly collection: string;
}

async function standing(profile: ProfileName, fault: FaultName | null = null): Promise<Standing> {
  const here = await oneBmc(profile, fault);
  one = here;
  const visitor = await visit(here.bmc);
  const [manager = ''] = await membersOf(visitor, '/redfish/v1/Managers');
  const collection = `${manager}/NetworkProtocol/HTTPS/Certificates`;
  const [member = ''] = await membersOf(visitor, collection);
  return { here, visitor, member, collection };
}

async function renewed({ visitor, member, collection }: Standing, asText = false): Promise<Answered> {
  const body = { CommonName: 'bmc.example.net', CertificateCollection: { '@odata.id': collection } };
  const { json } = await visitor.send('POST', `${SERVICE}.GenerateCSR`, body);
  const CertificateUri = asText ? member : { '@odata.id': member };
  const given = { CertificateType: 'PEM', CertificateString: signs(textAt(json, 'CSRString')), CertificateUri };
  return visitor.send('POST', `${SERVICE}.ReplaceCertificate`, given);
}

function shown({ bmc }: OneBmc): Promise<string> {
  return ask(bmc.address, 'GET', '/redfish/v1').then(({ pin }) => pin);
}

test('OpenBMC serves the new certificate at once, and shows it', async () => {
  const there = await standing('openbmc');
  expect((await renewed(there)).status).toBe(200);
  const pin = await shown(there.here);
  expect([pin === there.here.bmc.pin, pin === there.here.bmc.servedPin()]).toEqual([false, true]);
  const { json } = await there.visitor.get(there.member);
  expect([textAt(json, 'Subject', 'CommonName'), textAt(json, 'Issuer', 'CommonName')]).toEqual(['bmc.example.net', 'site CA']);
});

test.each(['dell', 'lenovo'] as const)('%s serves the old certificate until it is reset', async (profile) => {
  const there = await standing(profile);
  expect((await renewed(there)).status).toBe(200);
  expect(await shown(there.here)).toBe(there.here.bmc.pin);
  const [manager = ''] = await membersOf(there.visitor, '/redfish/v1/Managers');
  await there.visitor.send('POST', `${manager}/Actions/Manager.Reset`, { ResetType: 'GracefulRestart' });
  expect(await shown(there.here)).not.toBe(there.here.bmc.pin);
});

test('an iLO tells its request after a while, imports and resets by itself', async () => {
  const { here, visitor } = await standing('hpe');
  const early = await visitor.send('POST', `${ILO}/Actions/HpeHttpsCert.ImportCertificate/`, { Certificate: 'x' });
  expect(messageIds(early)).toEqual(['iLO.2.23.ImportCertFailCSRMissing']);
  await visitor.send('POST', `${ILO}/Actions/HpeHttpsCert.GenerateCSR/`, { CommonName: 'ilo.example.net' });
  expect((await visitor.get(ILO)).json['CertificateSigningRequest']).toBeNull();
  const csr = await vi.waitFor(async () => {
    const text = textAt((await visitor.get(ILO)).json, 'CertificateSigningRequest');
    expect(text).not.toBe('');
    return text;
  }, 10_000);
  const imported = await visitor.send('POST', `${ILO}/Actions/HpeHttpsCert.ImportCertificate/`, { Certificate: signs(csr) });
  expect(messageIds(imported)).toEqual(['iLO.2.23.ImportCertSuccessfuliLOResetinProgress']);
  expect((await ask(here.bmc.address, 'GET', '/redfish/v1')).status).toBe(503);
  expect(await shown(here)).not.toBe(here.bmc.pin);
});

test('a certificate of another key is refused, and old firmware takes its URI as text alone', async () => {
  const there = await standing('dell', 'certificate-uri-as-text');
  expect((await renewed(there)).status).toBe(400);
  expect((await renewed(there, true)).status).toBe(200);
  const { key } = selfSigned('elsewhere', '127.0.0.1');
  const foreign = signs(signingRequest(createPrivateKey(key), 'elsewhere', '127.0.0.1'));
  const given = { CertificateType: 'PEM', CertificateString: foreign, CertificateUri: there.member };
  expect((await there.visitor.send('POST', `${SERVICE}.ReplaceCertificate`, given)).status).toBe(400);
});
