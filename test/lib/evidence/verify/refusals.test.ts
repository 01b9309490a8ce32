import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REFUSAL_CODES } from '../../../../lib/evidence/verify/codes.js';
import { verifyPath } from '../../../../lib/evidence/verify/verify.js';
import { CONTAINER } from './mutations/container.js';
import { CONTENT } from './mutations/content.js';
import { MANIFESTS } from './mutations/manifests.js';
import { collector, lead } from './mutations/mutation.js';
import { SERIES } from './mutations/series.js';
import { SIGNATURES } from './mutations/signatures.js';

const MUTATIONS = [...CONTAINER, ...MANIFESTS, ...SIGNATURES, ...CONTENT, ...SERIES];

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-refusals-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('each thing done to good evidence is refused with the one code for it', () => {
  it.each(MUTATIONS)('$code: $title', async ({ code, make, certificates, drill = false, limits }) => {
    const path = await make(folder);
    const report = await verifyPath(path, {
      certificates: (await certificates?.()) ?? [collector.certificate, lead.certificate],
      drill,
      now: new Date(),
      ...(limits === undefined ? {} : { limits }),
    });
    expect([...new Set(report.refusals.map((refusal) => refusal.code))]).toEqual([code]);
    expect(report.verdict).toBe(REFUSAL_CODES[code].verdict);
  });

  it('covers every code', () => {
    expect([...new Set(MUTATIONS.map(({ code }) => code))].sort()).toEqual(Object.keys(REFUSAL_CODES).sort());
  });
});
