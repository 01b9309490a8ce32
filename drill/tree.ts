import { readdirSync, readFileSync, type Dirent } from 'node:fs';
import { join, resolve } from 'node:path';
import { aboveRoot, keyOf, type Content, type Stored } from './content.js';
import { FleetError } from './errors.js';
import { at, listAt, parseObject, textAt, type JsonObject } from './json.js';

/** A captured tree in mockup layout, served byte for byte. Shared by all targets that serve it. */
export interface Tree extends Content {
  readonly dir: string;
  readonly serviceRoot: JsonObject;
}

/** Reads the folder's names once; bytes are read from disk for each answer, so nothing comes between file and wire. */
export function loadTree(dir: string): Tree {
  const files = new Map<string, string>();
  const root = resolve(dir);
  for (const file of listed(root)) {
    const match = /^(\/redfish.*)\/index\.(json|xml)$/.exec(file.slice(root.length));
    if (match?.[1] !== undefined) files.set(keyOf(match[1].replaceAll('%', '%25')), file);
  }
  const read = (uri: string): Stored | null => {
    const key = keyOf(uri);
    const file = files.get(key);
    return file === undefined ? aboveRoot(key) : stored(file);
  };
  const serviceRoot = parseObject(read('/redfish/v1')?.bytes.toString() ?? '');
  if (serviceRoot === null) {
    throw new FleetError('TREE_UNREADABLE', `${dir} has no redfish/v1/index.json with a JSON object; give the folder that holds "redfish"`);
  }
  return { dir, serviceRoot, read };
}

function listed(dir: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(join(dir, 'redfish'), { recursive: true, withFileTypes: true });
  } catch (error) {
    throw new FleetError('TREE_UNREADABLE', `${dir} cannot be read as a captured tree; give the folder that holds "redfish"`, {
      cause: error,
    });
  }
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function stored(file: string): Stored {
  const bytes = readFileSync(file);
  if (file.endsWith('.xml')) return { status: 200, bytes, type: 'application/xml' };
  return { status: statusOf(bytes), bytes, type: 'application/json' };
}

/** Captures keep the body of an error answer, not its status: it is read back from what the body says. */
function statusOf(bytes: Buffer): number {
  if (!bytes.includes('"error"')) return 200;
  const error = at(parseObject(bytes.toString()) ?? undefined, 'error');
  if (error === undefined) return 200;
  const ids = listAt(error, '@Message.ExtendedInfo').map((message) => textAt(message, 'MessageId'));
  if (ids.some((id) => /ResourceMissingAtURI|NotFound|SYS403$/.test(id))) return 404;
  // LIC501 and SWC0242: the licence is missing.
  if (ids.some((id) => /LIC501$|SWC0242$/.test(id))) return 403;
  return 500;
}
