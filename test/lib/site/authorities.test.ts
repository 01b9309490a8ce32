import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { selfSigned } from '../../../drill/certificate.js';
import { SiteError } from '../../../lib/site/error.js';
import { loadSite } from '../../../lib/site/load.js';
import { snapshotSite } from '../../../lib/site/snapshot.js';
import { HAS_OPENSSL, makeAuthority, type Authority } from '../../support/authority.js';
import { makeSite, PEOPLE, target, type SiteFixture } from '../../support/site-fixture.js';

describe.skipIf(!HAS_OPENSSL)('an authority in ca/', () => {
  let authority: Authority;
  let made: SiteFixture;
  beforeAll(async () => {
    authority = await makeAuthority('rack');
  });
  afterAll(() => authority.remove());
  beforeEach(async () => {
    made = await makeSite(PEOPLE, [{ ...target('node1'), pin: null }]);
    await mkdir(join(made.dir, 'ca'));
  });
  afterEach(() => made.remove());

  const problems = (): Promise<unknown> =>
    loadSite(made.dir).then(
      () => [],
      (error: unknown) => (error instanceof SiteError ? error.problems.map(({ file, code }) => [file, code]) : error),
    );

  it('is loaded by its name, counts for the digest of the site, and travels with the snapshot', async () => {
    const before = await loadSite(made.dir);
    await writeFile(join(made.dir, 'ca', 'rack.pem'), authority.pem);
    const loaded = await loadSite(made.dir);
    expect(loaded.authorities).toEqual({ 'rack.pem': authority.pem });
    expect(loaded.digest).not.toBe(before.digest);
    const copy = join(made.folder, 'snapshot');
    await snapshotSite(loaded, copy);
    expect((await loadSite(copy)).authorities).toEqual(loaded.authorities);
  });

  it.each([
    ['is no certificate', () => 'nothing\n'],
    ['cannot be parsed', () => '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
    ['is the certificate of a BMC, which may issue nothing', () => selfSigned('bmc', '127.0.0.1').cert],
    ['comes with a private key', () => authority.pem + selfSigned('bmc', '127.0.0.1').key],
  ])('does not load when it %s', async (_, text) => {
    await writeFile(join(made.dir, 'ca', 'rack.pem'), text());
    expect(await problems()).toEqual([['ca/rack.pem', 'AUTHORITY_UNREADABLE']]);
  });

  it('does not load under another kind of name', async () => {
    await writeFile(join(made.dir, 'ca', 'rack.crt'), authority.pem);
    expect(await problems()).toEqual([['ca/rack.crt', 'FILE_UNEXPECTED']]);
  });
});
