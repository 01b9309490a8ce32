import { FILES } from '../format.js';
import type { Contents } from './contents.js';
import { refusal } from './refused.js';
import type { Refusal } from './report.js';

const BAGIT_TEXT = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';

/** Checks what BagIt itself says about the bag; `name` is what every other place calls the seal. */
export function checkBagInfo(contents: Contents, name: string, where: string): Refusal[] {
  const refusals: Refusal[] = [];
  const bagit = contents.tags.get(FILES.bagit)?.toString('utf8') ?? '';
  if (bagit !== BAGIT_TEXT) refusals.push(refusal('BAGIT_TEXT', `${where}: ${FILES.bagit}`, BAGIT_TEXT, bagit));
  const at = `${where}: ${FILES.bagInfo}`;
  const fields = readFields(contents.tags.get(FILES.bagInfo)?.toString('utf8') ?? '');
  if (typeof fields === 'string') return [...refusals, refusal('BAG_INFO', at, 'lines of `Label: text`, each label once', fields)];
  for (const label of ['External-Identifier', 'Payload-Oxum']) {
    if (!fields.has(label)) refusals.push(refusal('BAG_INFO', at, `a line ${label}`, 'none'));
  }
  const identifier = fields.get('External-Identifier') ?? name;
  if (identifier !== name) refusals.push(refusal('IDENTITY', at, name, identifier));
  const payload = [...contents.files].filter(([path]) => path.startsWith(`${FILES.data}/`));
  const oxum = `${String(payload.reduce((total, [, { size }]) => total + size, 0))}.${String(payload.length)}`;
  const stated = fields.get('Payload-Oxum') ?? oxum;
  if (stated !== oxum) refusals.push(refusal('OXUM_WRONG', at, oxum, stated));
  return refusals;
}

/** The fields, or the line that is not one. */
function readFields(text: string): Map<string, string> | string {
  const fields = new Map<string, string>();
  if (!text.endsWith('\n')) return 'a last line without LF';
  for (const line of text.slice(0, -1).split('\n')) {
    const [, label, value] = /^([A-Za-z0-9-]+): ([\x20-\x7e]+)$/.exec(line) ?? [];
    if (label === undefined || value === undefined || fields.has(label)) return line;
    fields.set(label, value);
  }
  return fields;
}
