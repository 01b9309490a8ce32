import { expect, it } from 'vitest';
import { id, time } from '../../../lib/model/json.js';
import { FREEZE_PURPOSE, freezeExtract, freezeNotice, signNotice, type FreezeFacts } from '../../../lib/notify/freeze-notice.js';
import { unarmorSignature } from '../../../lib/trust/armor.js';
import { sha256 } from '../../../lib/trust/canonical.js';
import { generateKey } from '../../../lib/trust/keys.js';
import { requirePurpose, verifyDetached } from '../../../lib/trust/verify.js';
import { target } from '../../support/site-fixture.js';

const FACTS: FreezeFacts = {
  site: id('example'),
  incident: id('inc-1'),
  launch: sha256('launch'),
  drill: false,
  by: [
    { id: id('rosa'), name: 'Rosa Responder' },
    { id: id('lea'), name: 'Lea Lead' },
  ],
  since: time(Date.UTC(2026, 0, 2, 3, 4, 5)),
  ask: [{ id: id('lea'), name: 'Lea Lead' }],
  targets: [
    { ...target('node2'), usedBy: ['nightly\nTargets: 0\u202e'] },
    { ...target('node1'), usedBy: [], allow: { accounts: [], sessions: [], addresses: ['10.9.8.7'], subscriptions: [], keys: [] } },
    { ...target('node3'), usedBy: [], allow: { accounts: [], sessions: [], addresses: [], subscriptions: [], keys: [] } },
  ],
};

const HEAD = [
  'Site: example',
  'Incident: inc-1',
  `Launch: ${sha256('launch')}`,
  'Frozen by: lea (Lea Lead), rosa (Rosa Responder)',
  'Frozen since: 2026-01-02T03:04:05.000Z',
  'Frozen until: a signed release of this incident. The freeze has no expiry; while nobody answers it holds.',
  'What is frozen: accounts, services, settings, firmware and pending jobs of the BMCs below. Nobody and no automation changes them but this incident.',
  'Whom to ask: lea (Lea Lead)',
  'Before any change: cofferdam freeze check TARGET (exit code 0: go on; 3, or no answer: frozen)',
  'Targets: 3',
];

it('says who, what, since when, until when and what is excepted, in one form, and no text of a person begins a line', () => {
  expect(freezeNotice(FACTS)).toBe(
    [
      'FREEZE NOTICE',
      '',
      ...HEAD,
      'Exceptions: what is listed below a target; nothing else',
      '',
      'node1',
      '  reached from: 10.9.8.7',
      'node2',
      '  used by: nightly Targets: 0',
      '  account: root, Administrator, used by break-glass',
      'node3',
      '',
    ].join('\n'),
  );
});

it('is the same whatever the order of targets and people', () => {
  const reversed = { ...FACTS, by: [...FACTS.by].reverse(), targets: [...FACTS.targets].reverse() };
  expect(freezeNotice(reversed)).toBe(freezeNotice(FACTS));
  expect(freezeExtract(reversed)).toBe(freezeExtract(FACTS));
});

it('leaves the case as identifiers and counts alone, with the digest of the whole', () => {
  expect(freezeExtract(FACTS)).toBe(
    [
      'FREEZE NOTICE (EXTRACT)',
      '',
      ...HEAD.map((line) => line.replace(/ \([A-Z][a-z]+ [A-Z][a-z]+\)/g, '')),
      'Exceptions: for 2 of the targets; ask whoever is named above',
      `Whole notice, SHA-256: ${sha256(freezeNotice(FACTS))}`,
      '',
      'node1',
      'node2',
      'node3',
      '',
    ].join('\n'),
  );
});

it('names no address of a BMC, and says when it is a drill', () => {
  const texts = [freezeNotice({ ...FACTS, drill: true }), freezeExtract({ ...FACTS, drill: true })];
  expect(texts.filter((text) => text.includes('.example') || !text.includes('\nThis is a drill.\n'))).toEqual([]);
});

it('carries a detached signature by the collector, made for this purpose', async () => {
  const collector = await generateKey({ name: 'Collector', email: 'collector@example.org' });
  const text = freezeNotice(FACTS);
  const verified = await verifyDetached({
    bytes: new TextEncoder().encode(text),
    signature: await unarmorSignature(await signNotice(text, collector)),
    certificates: [collector.certificate],
    at: new Date(),
  });
  expect(verified.fingerprint).toBe(collector.fingerprint);
  requirePurpose(verified, FREEZE_PURPOSE);
});
