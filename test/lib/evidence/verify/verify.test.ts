import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Report } from '../../../../lib/evidence/verify/report.js';
import { exitCodeOf } from '../../../../lib/evidence/verify/report.js';
import { verifyPath } from '../../../../lib/evidence/verify/verify.js';
import { signBy, tarOf, writeFolder, writeTar } from '../../../support/evidence-bag.js';
import { gpgSign, notationOptions } from './mutations/gpg.js';
import { bagWith, collector, launched, lead, occurrence, WEEKLY } from './mutations/mutation.js';
import { wholeCase } from './mutations/series.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-verify-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const CERTIFICATES = [collector.certificate, lead.certificate];
const COLLECTOR = { role: 'collector', fingerprint: collector.fingerprint, person: 'Collector of zone a <collector@example.org>' };
const LEAD = { role: 'witness', fingerprint: lead.fingerprint, person: 'Lena Lead <lena@example.org>' };

const CASE_ABSENT = { where: 'series case, no seal', uri: null, error: 'CASE_ABSENT' };

function verify(path: string, certificates = CERTIFICATES, drill = false): Promise<Report> {
  return verifyPath(path, { certificates, drill, now: new Date() });
}

describe('verifyPath', () => {
  it('finds a good tar valid and reports the whole contract', async () => {
    const path = await writeTar(folder, await bagWith());
    expect(await verify(path)).toEqual({
      verdict: 'VALID',
      refusals: [],
      incomplete: [],
      series: ['bmc-1'],
      seals: 1,
      items: 3,
      bytes: 43,
      signers: [COLLECTOR],
    });
  });

  it('finds the same seal valid as tar extracts it', async () => {
    const path = await writeTar(folder, await bagWith());
    await execa('tar', ['-xf', path, '-C', folder]);
    expect((await verify(join(folder, 'inc-1-bmc-1-S00000001'))).verdict).toBe('VALID');
  });

  it('finds an unpacked seal valid', async () => {
    expect((await verify(await writeFolder(folder, await bagWith()))).verdict).toBe('VALID');
  });

  it('finds a whole exported case valid', async () => {
    for (const bag of await wholeCase()) await writeTar(folder, bag);
    expect(await verify(folder)).toMatchObject({ verdict: 'VALID', series: ['bmc-1', 'bmc-2', 'case'], seals: 4, items: 10 });
  });

  it.each([
    ['an incident with its launch', launched('inc-1', 'inc-1')],
    ['today’s occurrence of a schedule', launched(occurrence(0), 'keys', WEEKLY)],
    ['an earlier one', launched(occurrence(-7), 'keys', WEEKLY)],
  ])('finds %s valid', async (_, made) => {
    expect(await verify(await writeTar(folder, await bagWith(...made)))).toMatchObject({ verdict: 'VALID', refusals: [] });
  });

  it('finds a drill valid when a drill is expected', async () => {
    expect((await verify(await writeTar(folder, await bagWith({}, { drill: true })), CERTIFICATES, true)).verdict).toBe('VALID');
  });

  it('lists failed captures and calls the evidence incomplete', async () => {
    const path = await writeTar(folder, await bagWith({}, { captures: { '/redfish/v1': '{}', '/redfish/v1/Slow': null } }));
    const report = await verify(path);
    expect(report).toMatchObject({ verdict: 'VALID-INCOMPLETE', refusals: [], items: 1 });
    expect(report.incomplete).toEqual([
      { where: 'inc-1-bmc-1-S00000001.tar: captures.jsonl id 2', uri: '/redfish/v1/Slow', error: 'TIMEOUT' },
    ]);
  });

  it('calls a case that nothing closes incomplete, since later seals could be missing', async () => {
    const [first, second] = await wholeCase();
    for (const bag of [first, second]) if (bag !== undefined) await writeTar(folder, bag);
    expect(await verify(folder)).toMatchObject({
      verdict: 'VALID-INCOMPLETE',
      incomplete: [{ where: 'series bmc-1, last seal inc-1-bmc-1-S00000002', uri: null, error: 'SERIES_OPEN' }, CASE_ABSENT],
    });
  });

  it('calls whole series without the case incomplete, since other series could be missing', async () => {
    await writeTar(folder, await bagWith({}, { final: true }));
    expect(await verify(folder)).toMatchObject({ verdict: 'VALID-INCOMPLETE', refusals: [], incomplete: [CASE_ABSENT] });
  });

  it('accepts a second signature, also one that gpg made', async () => {
    const bag = await bagWith({
      sign: async (bytes, notations) => ({
        ...(await signBy(collector, bytes, notations)),
        [`tagmanifest-sha256.txt.${lead.fingerprint}.asc`]: await gpgSign(lead.privateKey, lead.fingerprint, bytes, [
          ...notationOptions(notations),
          '--detach-sign',
        ]),
      }),
    });
    const report = await verify(await writeTar(folder, bag));
    expect(report.refusals).toEqual([]);
    expect(report.signers).toHaveLength(2);
    expect(report.signers).toEqual(expect.arrayContaining([COLLECTOR, LEAD]));
  });

  it('reads a key file with several certificates', async () => {
    const path = await writeTar(folder, await bagWith());
    expect((await verify(path, [`Our people\n${lead.certificate}\n${collector.certificate}`])).verdict).toBe('VALID');
  });

  it('says of each seal of a case what is wrong with it, and no gap where a seal was refused', async () => {
    const [first, second, ...rest] = await wholeCase();
    first?.files.set('NOTES.txt', Buffer.from('x'));
    second?.files.delete('VERIFY.txt');
    for (const bag of [first, second, ...rest]) if (bag !== undefined) await writeTar(folder, bag);
    expect((await verify(folder)).refusals.map(({ code, where }) => `${code} ${where}`)).toEqual([
      'TAG_UNLISTED inc-1-bmc-1-S00000001.tar: NOTES.txt',
      'TAG_MISSING inc-1-bmc-1-S00000002.tar: VERIFY.txt',
    ]);
  });

  it('never passes control characters of the evidence on', async () => {
    const bag = await bagWith();
    const path = join(folder, 'x.tar');
    await writeFile(path, await tarOf(bag, [{ name: `${bag.name}/\u001b[2J`, body: Buffer.from('x') }]));
    expect(JSON.stringify(await verify(path))).not.toMatch(/\\u001b/);
  });

  it('does not take a checksum that it cannot read for one that is not there', async () => {
    // With `.sha256` behind it no file system takes the name.
    const path = join(folder, `${'x'.repeat(250)}.tar`);
    await writeFile(path, await tarOf(await bagWith()));
    await expect(verify(path)).rejects.toMatchObject({ name: 'VerifyError', code: 'UNREADABLE' });
  });

  it('throws, and reports nothing, when there is nothing to read', async () => {
    await expect(verify(join(folder, 'nowhere.tar'))).rejects.toMatchObject({ name: 'VerifyError', code: 'NOT_FOUND' });
  });

  it('writes nothing', async () => {
    const path = await writeTar(folder, await bagWith());
    const before = await readFile(path);
    await verify(path);
    const { stdout } = await execa('find', [folder, '-type', 'f']);
    expect(stdout.split('\n').sort()).toEqual([path, `${path}.sha256`]);
    expect((await readFile(path)).equals(before)).toBe(true);
  });
});

describe('a tar with one byte changed', () => {
  it('is never valid, wherever the byte lies', async () => {
    const bag = await bagWith();
    const tar = await tarOf(bag);
    const path = join(folder, `${bag.name}.tar`);
    await fc.assert(
      fc.asyncProperty(fc.nat(tar.length - 1), fc.integer({ min: 1, max: 255 }), async (offset, mask) => {
        const changed = Buffer.from(tar);
        changed[offset] = (changed[offset] ?? 0) ^ mask;
        await writeFile(path, changed);
        const { verdict } = await verify(path);
        return verdict === 'INVALID' || verdict === 'CANNOT-CHECK';
      }),
      { numRuns: 250 },
    );
  });

  it('is never valid when the byte lies in a signature', async () => {
    const bag = await bagWith();
    const tar = await tarOf(bag);
    const start = tar.indexOf('-----BEGIN PGP SIGNATURE-----');
    const end = tar.indexOf('-----END PGP SIGNATURE-----') + '-----END PGP SIGNATURE-----\n'.length;
    const path = join(folder, `${bag.name}.tar`);
    for (let offset = start; offset < end; offset += 3) {
      const changed = Buffer.from(tar);
      changed[offset] = (changed[offset] ?? 0) ^ (1 << (offset % 7));
      await writeFile(path, changed);
      expect((await verify(path)).verdict, `offset ${String(offset - start)}`).toMatch(/^(INVALID|CANNOT-CHECK)$/);
    }
  });

  it('is never valid when it is cut anywhere', async () => {
    const bag = await bagWith();
    const tar = await tarOf(bag);
    const path = join(folder, `${bag.name}.tar`);
    await fc.assert(
      fc.asyncProperty(fc.nat(tar.length - 1), async (length) => {
        await writeFile(path, tar.subarray(0, length));
        return (await verify(path)).verdict === 'INVALID';
      }),
      { numRuns: 100 },
    );
  });
});

describe('exitCodeOf', () => {
  it('gives 0 to nothing but VALID', () => {
    expect((['VALID', 'INVALID', 'VALID-INCOMPLETE', 'CANNOT-CHECK'] as const).map(exitCodeOf)).toEqual([0, 3, 5, 6]);
  });
});
