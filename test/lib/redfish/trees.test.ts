import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { readJson } from '../../../lib/redfish/json.js';
import { linksOf } from '../../../lib/redfish/links.js';
import { LIMITS } from '../../../lib/redfish/types.js';

/** Captured trees of real BMCs, beside the repository where they are at hand. */
const TREES = resolve(import.meta.dirname, '../../../../shared/mockups');
const trees = existsSync(TREES) ? readdirSync(TREES).filter((name) => existsSync(join(TREES, name, 'redfish'))) : [];

interface Walk {
  readonly files: number;
  readonly unreached: readonly string[];
  /** URIs that are advertised and not in the tree. */
  readonly nowhere: readonly string[];
  readonly unread: number;
}

/** Walks a tree offline as a crawl does. Case does not matter to the BMC whose links vary in it (iLO). */
function walk(dir: string): Walk {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('/index.json'));
  const files = new Map(names.map((name) => [`/${name.toLowerCase().slice(0, -'/index.json'.length)}`, name]));
  const known = new Set(['/redfish', '/redfish/v1', '/redfish/v1/odata']);
  const reached = new Set<string>();
  const nowhere: string[] = [];
  let unread = 0;
  for (const uri of known) {
    // The tree's files lie where a doubled slash is one.
    const file = files.get(uri.toLowerCase().replaceAll('//', '/'));
    if (file === undefined) {
      nowhere.push(uri);
      continue;
    }
    reached.add(file);
    const answer = readJson(readFileSync(join(dir, file)), undefined, LIMITS);
    if (answer.unread !== null) unread += 1;
    for (const link of linksOf(uri, answer.json)) known.add(link);
  }
  return { files: files.size, unreached: names.filter((name) => !reached.has(name)), nowhere, unread };
}

/** What links do not reach, or lead to without a file, in the trees we have seen. */
const KNOWN: Record<string, Walk> = {
  'dell-r750-idrac9-6.00.30.00': {
    files: 2649,
    // The place of the attributes before DellAttributes; iDRAC 9 still answers and no longer links it.
    unreached: ['redfish/v1/Managers/iDRAC.Embedded.1/Attributes/index.json'],
    nowhere: ['/redfish/v1/Registries/ManagerAttributeRegistry/ManagerAttributeRegistry.v1_0_0.json'],
    unread: 0,
  },
  'hpe-dl380a-gen11-ilo6-1.66': {
    files: 1931,
    unreached: [],
    nowhere: [
      '/redfish',
      '/redfish/v1/registrystore/registries/ja/biosattributeregistryu58.v1_2_44',
      '/redfish/v1/registrystore/registries/zh/biosattributeregistryu58.v1_2_44',
      '/redfish/v1/Managers/1/SecurityService/PlatformCertUpdate/Certificates',
    ],
    unread: 0,
  },
  'openbmc-nvidia-gb200nvl-24.12-8': { files: 1527, unreached: [], nowhere: [], unread: 0 },
};

if (trees.length === 0)
  test(`the captured trees are not at hand (${TREES}): nothing was checked against real BMCs`, () => {
    expect(trees).toEqual([]);
  });
else
  test.each(trees)('%s: every file is reached over its links but those known not to be linked', (tree) => {
    expect(walk(join(TREES, tree))).toEqual(KNOWN[tree]);
  });
