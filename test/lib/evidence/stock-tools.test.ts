import { execa } from 'execa';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addFiles } from '../../../lib/evidence/add.js';
import { exportCase } from '../../../lib/evidence/export.js';
import { openSeries } from '../../../lib/evidence/series.js';
import { id, time } from '../../../lib/model/json.js';
import { canonical, sha256 } from '../../../lib/trust/canonical.js';
import { generateKey } from '../../../lib/trust/keys.js';
import { signDetached } from '../../../lib/trust/sign.js';
import { aLaunch } from '../../support/a-launch.js';
import { answer, COLLECTOR, failure, optionsIn, sealing, SERIES, tempFolder } from './support.js';

/** What a stranger holds: the exported case, the collector's certificate from elsewhere, and tools that are not ours. */
let folder = '';
let archive = '';
const STATEMENT = canonical(aLaunch('inc-1'));
const ends: (() => Promise<void>)[] = [];
const PERSON = await generateKey({ name: 'Lena Lead', email: 'lena@site.example' });

beforeAll(async () => {
  folder = await tempFolder((clean) => ends.push(clean));
  const root = join(folder, 'incidents/inc-1/evidence');
  const options = optionsIn(root, { launch: sha256(STATEMENT) });
  const first = await openSeries(options);
  await first.close();
  await addBrought();
  const series = await openSeries(options);
  const signature = await signDetached({ bytes: Buffer.from(STATEMENT), privateKey: PERSON.privateKey, notations: {} });
  const signed = { text: STATEMENT, signature: Buffer.from(signature).toString('base64') };
  await series.keepStatement(sha256(STATEMENT), signed, { verb: 'launch' });
  await series.keepStatement(sha256(STATEMENT), signed, { verb: 'launch' });
  const uris = ['/redfish/v1/', '/redfish/v1/Systems/Système.1', "/redfish/v1/-rf *'$(x)", '/redfish/v1/$metadata'];
  await Promise.all(uris.map((uri) => series.stage(answer(uri))));
  await series.stage(answer('/redfish/v1/Big', Buffer.alloc(3 * 1024 * 1024 + 7, 'x'), { json: null }));
  await series.stage(answer('/redfish/v1/Empty', ''));
  await series.stage(failure('/redfish/v1/Slow'));
  await series.seal(sealing());
  await series.seal(sealing({ final: true }));
  await series.close();
  archive = (await exportCase({ root, incident: id('inc-1'), out: join(folder, 'out') })).archive;
  await mkdir(join(folder, 'home'), { mode: 0o700 });
  await writeFile(join(folder, 'collector.asc'), COLLECTOR.certificate);
  await writeFile(join(folder, 'person.asc'), PERSON.certificate);
});
afterAll(async () => {
  await Promise.all(ends.map((end) => end()));
});

/** A file that a person brought, and whose name is made to hurt. */
async function addBrought(): Promise<void> {
  const file = join(folder, "-rf *'ö$(x)");
  await writeFile(file, 'permit none');
  const brought = { by: id<'person'>('lena'), from: 'switch', takenAt: time(0), reason: 'by hand' };
  const signal = new AbortController().signal;
  await addFiles({ zone: folder, incident: id('inc-1'), series: id(SERIES), files: [file], brought, host: 'host-1', signal });
}

async function bash(script: string, cwd: string): Promise<string> {
  const { stdout } = await execa('bash', ['-euc', script], { cwd, env: { GNUPGHOME: join(folder, 'home') } });
  return stdout;
}

/** A new folder with both archives unpacked by GNU tar. */
async function unpacked(name: string): Promise<string> {
  const at = join(folder, name);
  await mkdir(at);
  await bash(`for t in ${archive}/*.tar; do tar -xf "$t"; done`, at);
  return at;
}

test.each([1, 2])('the commands in VERIFY.txt of seal %i, typed as they stand, find it good', async (number) => {
  const name = `inc-1-${SERIES}-S0000000${String(number)}`;
  const at = await unpacked(`typed-${String(number)}`);
  await bash(`rm -rf ${name}; cp ${archive}/${name}.tar* ${folder}/collector.asc .`, at);
  const text = await bash(`tar -xOf ${name}.tar ${name}/VERIFY.txt`, at);
  const commands = text.split('\n').filter((line) => line.startsWith('    '));
  const output = await bash(commands.join('\n'), at);

  expect(commands).toHaveLength(number === 1 ? 10 : 12);
  expect(output).toContain(`${name}.tar: OK`);
  expect(output).toMatch(/\[GNUPG:\] GOODSIG /);
  expect(output).toContain(`[GNUPG:] VALIDSIG ${COLLECTOR.fingerprint} `);
  expect(output).not.toMatch(/REVKEYSIG|EXPKEYSIG|EXPSIG|BADSIG|ERRSIG/);
  // Class 0x00: changed line ends do not pass.
  expect(output).toMatch(/VALIDSIG \S+ \S+ \d+ 0 4 0 22 (8|10) 00 /);
  const notations = [...output.matchAll(/NOTATION_NAME (\S+)\n(?:.*NOTATION_FLAGS .*\n)?.*NOTATION_DATA (\S+)/g)].map((match) =>
    match.slice(1),
  );
  expect(Object.fromEntries(notations)).toEqual({
    'incident@cofferdam.example': 'inc-1',
    'series@cofferdam.example': SERIES,
    'seal@cofferdam.example': name,
    'purpose@cofferdam.example': 'evidence-seal',
  });
  if (number === 2) expect(output.match(/^[0-9a-f]{64} {2}-$/gm)?.map((line) => line.slice(0, 64))).toEqual(digestsIn(commands));
});

function digestsIn(commands: readonly string[]): string[] {
  return commands.flatMap((command) => /# ([0-9a-f]{64})$/.exec(command)?.[1] ?? []);
}

test('the commands in README.txt, typed as they stand but for our own tool, find every seal good', async () => {
  const at = join(folder, 'case');
  await mkdir(at);
  await bash(`cp -r ${archive} handed; cp ${folder}/collector.asc .`, at);
  const text = await readFile(join(archive, 'README.txt'), 'utf8');
  const commands = text.split('\n').filter((line) => line.startsWith('    ') && !line.includes('cofferdam evidence verify'));
  const output = await bash(commands.join('\n'), join(at, 'handed'));
  expect(output.match(/\[GNUPG:\] VALIDSIG/g)).toHaveLength(2);
  expect(output.match(/: OK$/gm)).toHaveLength(2);
});

test('a kept statement is checked with gpg and sqv as it lies in the bag', async () => {
  const bag = join(await unpacked('statement'), `inc-1-${SERIES}-S00000001`);
  const file = `statements/${sha256(STATEMENT)}.json`;
  expect(await readdir(join(bag, 'statements'))).toEqual([`${sha256(STATEMENT)}.json`, `${sha256(STATEMENT)}.json.asc`]);
  const trusted = 'gpg --no-options --dearmor < ../../person.asc > ../trusted.gpg';
  const output = await bash(
    `${trusted}; gpg --no-options --no-default-keyring --keyring "$PWD/../trusted.gpg" --status-fd 1 --verify ${file}.asc ${file}; sqv --keyring ../trusted.gpg ${file}.asc ${file}`,
    bag,
  );
  expect(output).toContain(`VALIDSIG ${PERSON.fingerprint} `);
  expect(output.trimEnd().split('\n').at(-1)).toBe(PERSON.fingerprint);
});

test('bagit.py finds both bags valid', async () => {
  const bagit = await findBagit();
  if (bagit === null) {
    process.stderr.write('bagit.py is not installed, so nobody but us has judged the bags; .ci/run installs it\n');
    return;
  }
  const at = await unpacked('bagit');
  for (const name of await readdir(at)) await execa(bagit, ['--validate', join(at, name)]);
});

async function findBagit(): Promise<string | null> {
  const cache = process.env['COFFERDAM_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'cofferdam');
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), join(cache, 'bagit/bin')];
  for (const path of folders.map((each) => join(each, 'bagit.py'))) {
    const found = await readFile(path).catch(() => null);
    if (found !== null) return path;
  }
  return null;
}

test('the same seal always gives the same archive, with nothing of the machine that made it', async () => {
  const copied = join(folder, 'incidents/inc-1/evidence', SERIES, 'S00000001/SEAL.json');
  await utimes(copied, 0, 0);
  const again = await exportCase({ root: join(folder, 'incidents/inc-1/evidence'), incident: id('inc-1'), out: join(folder, 'again') });
  const name = `inc-1-${SERIES}-S00000001.tar`;
  expect(sha256(await readFile(join(again.archive, name)))).toBe(sha256(await readFile(join(archive, name))));
  const listing = await bash(`tar --full-time --numeric-owner -tvf ${name}`, archive);
  const columns = listing.split('\n').map((line) => line.split(/\s+/).slice(0, 2).join(' '));
  expect(new Set(columns)).toEqual(new Set(['-r--r--r-- 0/0']));
});
