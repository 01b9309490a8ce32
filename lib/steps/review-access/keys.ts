import { linkAt, textAt } from '../../redfish/json.js';
import { sha256 } from '../../trust/canonical.js';
import { readMembers } from '../collection.js';
import { finding, quoted, traced, type Proposal, type Survey } from '../planning.js';
import type { Reading } from '../reader.js';
import { removal } from './removal.js';

/** SSH keys and client certificates of every account slot, named or not: a key in an emptied slot is a door as well. */
export async function reviewKeys(survey: Survey, slots: readonly Reading[]): Promise<Proposal> {
  const findings = [];
  const operations = [];
  for (const slot of slots) {
    const owner = textAt(slot.json ?? undefined, 'UserName') ?? '';
    for (const property of ['Keys', 'Certificates']) {
      const collection = linkAt(slot, property);
      for (const key of collection === null ? [] : await readMembers(survey.reader, collection)) {
        const text = textAt(key.json ?? undefined, 'KeyString') ?? textAt(key.json ?? undefined, 'CertificateString') ?? '';
        const digest = sha256<'key'>(text.trim());
        if (survey.target.allow.keys.includes(digest)) continue;
        const advice = `key ${quoted(text)} (SHA-256 ${digest.slice(0, 16)}…) of account ${quoted(owner)} is not in the inventory; remove it`;
        findings.push(traced(finding(survey, 'UNKNOWN_KEY', key, advice), 'key', text === '' ? '' : digest));
        // What a DELETE of a certificate costs no table of ours knows.
        if (property === 'Keys') operations.push(...removal(key, `SSH key ${quoted(text)} of account ${quoted(owner)}`));
      }
    }
  }
  return { findings, operations };
}
