import { enums, readPrivateKey, revokeKey } from 'openpgp';
import { beforeAll, describe, expect, test } from 'vitest';
import { id, time, type Time } from '../../../lib/model/json.js';
import { NO_COUNTS } from '../../../lib/model/plan.js';
import type { Person, Policy } from '../../../lib/model/policy.js';
import type { Launch, SignedStatement, Statement } from '../../../lib/model/statement.js';
import { canonical, digestOf, sha256 } from '../../../lib/trust/canonical.js';
import { generateKey, type GeneratedKey } from '../../../lib/trust/keys.js';
import { PURPOSE, signDetached } from '../../../lib/trust/sign.js';
import { signStatement, statementDigest, verifyStatement, type Keyring } from '../../../lib/trust/statement.js';
import { codeOf } from '../../support/code-of.js';

const MINUTE = 60_000;
const soon = (): Date => new Date(Date.now() + MINUTE);
const at = (minutes: number): Time => time(Date.now() + minutes * MINUTE);
const policy: Policy = { launch: { roles: [id('responder')], cosignersAbove: 50, cosigners: 1 }, gates: {} };

function statement(by: string, fields: { notBefore?: Time; notAfter?: Time; reason?: string } = {}): Statement {
  return {
    type: 'cofferdam/statement',
    version: 1,
    verb: 'approve',
    incident: id('inc-1'),
    by: id(by),
    reason: 'seen, and right',
    notBefore: at(-1),
    notAfter: at(60),
    launch: sha256('launch'),
    policy: sha256('policy'),
    gate: id('change'),
    round: 1,
    root: sha256('root'),
    counts: { ...NO_COUNTS, change: 2 },
    ...fields,
  };
}

let ana: GeneratedKey;
let bo: GeneratedKey;
let keyring: Keyring;

beforeAll(async () => {
  [ana, bo] = await Promise.all([
    generateKey({ name: 'Ana', email: 'ana@ops.example' }),
    generateKey({ name: 'Bo', email: 'bo@ops.example' }),
  ]);
  const person = (name: string, key: GeneratedKey): Person => ({ id: id(name), name, roles: [id('lead')], keys: [key.fingerprint] });
  keyring = {
    people: [person('ana', ana), person('bo', bo)],
    certificates: { [ana.fingerprint]: ana.certificate, [bo.fingerprint]: bo.certificate },
    policy,
    policyDigest: digestOf(policy),
  };
});

async function verdict(signed: SignedStatement, when = soon(), ring = keyring): Promise<unknown> {
  return codeOf(verifyStatement(signed, ring, when));
}

async function signedText(text: string, purpose = 'statement'): Promise<SignedStatement> {
  const signature = await signDetached({
    bytes: new TextEncoder().encode(text),
    privateKey: ana.privateKey,
    notations: { [PURPOSE]: purpose },
  });
  return { text, signature: Buffer.from(signature).toString('base64') };
}

describe('a signed statement', () => {
  test('comes back with person, key and digest', async () => {
    const said = statement('ana');
    const signed = await signStatement(said, ana);
    expect(await verifyStatement(signed, keyring, soon())).toEqual({
      statement: said,
      person: 'ana',
      fingerprint: ana.fingerprint,
      digest: sha256(canonical(said)),
    });
    expect(statementDigest(signed)).toBe(sha256(signed.text));
  });

  test('counts for the one who signed, never for the one it names', async () => {
    expect(await verdict(await signStatement(statement('bo'), ana))).toBe('NOT_IN_KEYRING');
    expect(await verdict(await signStatement(statement('eve'), ana))).toBe('NOT_IN_KEYRING');
  });

  test('does not count when a certificate is stored under the name of another key', async () => {
    const swapped = { ...keyring, certificates: { ...keyring.certificates, [bo.fingerprint]: ana.certificate } };
    expect(await verdict(await signStatement(statement('bo'), ana), soon(), swapped)).toBe('NOT_IN_KEYRING');
  });

  test('does not count by a key that has been retired since, though it was good when it signed', async () => {
    const signed = await signStatement(statement('ana'), ana);
    const key = await readPrivateKey({ armoredKey: ana.privateKey });
    const { publicKey } = await revokeKey({
      key,
      reasonForRevocation: { flag: enums.reasonForRevocation.keyRetired },
      date: new Date(Date.now() + 30_000),
    });
    const retired = { ...keyring, certificates: { ...keyring.certificates, [ana.fingerprint]: publicKey } };
    expect(await verdict(signed, new Date(), retired)).toBe('resolved');
    expect(await verdict(signed, soon(), retired)).toBe('KEY_REVOKED');
  });

  test('does not count after a byte of it changed', async () => {
    const signed = await signStatement(statement('ana'), ana);
    expect(await verdict({ ...signed, text: signed.text.replace('"round":1', '"round":2') })).toBe('SIGNATURE_INVALID');
  });

  test('does not count with another grid than the one that was signed, and a launch gets none afterwards', async () => {
    const { type, version, incident, by, reason, notBefore, notAfter } = statement('ana');
    const once: Launch = {
      ...{ type, version, incident, by, reason, notBefore, notAfter, verb: 'launch', stepTable: 1, targets: [id('r1')] },
      ...{ site: sha256('site'), policy: sha256('policy'), runbook: sha256('runbook') },
    };
    const repeats = { everyDays: 30, from: time(Date.UTC(2026, 11, 7)), until: time(Date.UTC(2027, 11, 2)) };
    const scheduled = await signStatement({ ...once, repeats }, ana);
    expect(await verdict(scheduled)).toBe('resolved');
    const changes = [{ everyDays: 1 }, { from: time(Date.UTC(2026, 11, 8)) }, { until: time(Date.UTC(2027, 11, 3)) }];
    for (const change of changes)
      expect(await verdict({ ...scheduled, text: canonical({ ...once, repeats: { ...repeats, ...change } }) })).toBe('SIGNATURE_INVALID');
    expect(await verdict({ ...scheduled, text: canonical(once) })).toBe('SIGNATURE_INVALID');
    expect(await verdict({ ...(await signStatement(once, ana)), text: canonical({ ...once, repeats }) })).toBe('SIGNATURE_INVALID');
  });

  test('counts in its canonical spelling only', async () => {
    const text = canonical(statement('ana'));
    expect(await verdict(await signedText(` ${text}`))).toBe('STATEMENT_NOT_CANONICAL');
    expect(await verdict(await signedText(JSON.stringify(statement('ana'))))).toBe('STATEMENT_NOT_CANONICAL');
    expect(await verdict(await signedText(text.replace('{', '{"round":7,')))).toBe('STATEMENT_NOT_CANONICAL');
    expect(await verdict(await signedText('{'))).toBe('STATEMENT_MALFORMED');
  });

  test('counts only when it was signed as a statement', async () => {
    expect(await verdict(await signedText(canonical(statement('ana')), 'policy'))).toBe('SIGNATURE_PURPOSE');
  });

  test('counts from notBefore until notAfter', async () => {
    const signed = await signStatement(statement('ana', { notBefore: at(-10), notAfter: at(10) }), ana);
    expect(await verdict(signed, new Date(Date.now() + 11 * MINUTE))).toBe('NO_LONGER_VALID');
    const later = await signStatement(statement('ana', { notBefore: at(5), notAfter: at(10) }), ana);
    expect(await verdict(later)).toBe('NOT_YET_VALID');
    expect(await verdict(later, new Date(Date.now() + 6 * MINUTE))).toBe('resolved');
  });

  test('needs its signature as base64 of a bounded length', async () => {
    const signed = await signStatement(statement('ana'), ana);
    for (const signature of ['', '!', `${signed.signature}\n`, 'A'.repeat(9000)])
      expect(await verdict({ ...signed, signature })).toBe('SIGNATURE_UNREADABLE');
  });
});
