import type { Id } from '../model/json.js';
import { AGENT, signaturePath } from './bag-text.js';
import { FILES } from './format.js';
import type { SealedBag } from './sealed.js';

/** What lies beside the seals of an exported case, for whoever was handed the folder; indented lines are commands for bash. */
export function caseReadme(incident: Id<'incident'>, bags: readonly SealedBag[]): string {
  const signers = [...new Set(bags.flatMap(({ seal }) => seal.requiredSigners.map(({ fingerprint }) => fingerprint)))];
  const isDrill = bags.some(({ seal }) => seal.drill);
  return [
    ...(isDrill ? ['THIS IS A DRILL: these bytes were made by an exercise and are no evidence of anything.', ''] : []),
    `Evidence of incident ${incident}, exported by ${AGENT}.`,
    'This text is not signed. The same instructions lie, signed, in every seal as VERIFY.txt.',
    '',
    'One seal is one tar. Get the certificate of the collector from a source that you trust, not from where you got this folder, and save it beside',
    `this folder as collector.asc. Fingerprint of its key, as the seals name it: ${signers.join(', ')}`,
    '',
    '    sha256sum -c *.tar.sha256',
    `    cofferdam evidence verify . --keys ../collector.asc${isDrill ? ' --drill' : ''}`,
    '',
    'Or without that software; gpg must say GOODSIG and VALIDSIG with the fingerprint for each seal, and neither REVKEYSIG nor EXPKEYSIG:',
    '',
    '    mkdir ../unpacked',
    '    for t in *.tar; do tar -xf "$t" -C ../unpacked; done',
    '    export GNUPGHOME=$(mktemp -d)        # so that no keys, options or trust of yours play a part',
    '    gpg --no-options --dearmor < ../collector.asc > ../trusted.gpg',
    ...bags.flatMap(({ seal }) => ['', ...seal.requiredSigners.map(({ fingerprint }) => check(seal.name, fingerprint))]),
    '',
  ].join('\n');
}

function check(name: string, fingerprint: string): string {
  const gpg = 'gpg --no-options --no-default-keyring --keyring "$PWD/../../trusted.gpg" --status-fd 1 --verify';
  return [
    `    (cd ../unpacked/${name} && ${gpg} ${signaturePath(fingerprint)} ${FILES.tagManifest} &&`,
    `      sha256sum -c --strict --quiet ${FILES.tagManifest} ${FILES.manifest})`,
  ].join('\n');
}
