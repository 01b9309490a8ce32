import { FILES, type Seal } from './format.js';

/** Name and version of this software, in every bag; a test holds it to package.json. */
export const AGENT = 'cofferdam/0.1.0';

export const BAGIT_TEXT = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';

export function bagInfoText(seal: Seal): string {
  const { payload, captures, previousSeal } = seal;
  return lines([
    `Bag-Software-Agent: ${AGENT}`,
    `Bagging-Date: ${seal.createdAt.slice(0, 10)}`,
    `Capture-Status: ${captures.failed === 0 ? 'complete' : `incomplete (${String(captures.failed)} failed)`}`,
    ...(seal.drill ? ['Drill: yes'] : []),
    `External-Identifier: ${seal.name}`,
    `Payload-Oxum: ${String(payload.bytes)}.${String(payload.files)}`,
    ...(previousSeal === null ? [] : [`Previous-Seal-SHA256: ${previousSeal.tagmanifestSha256}`]),
  ]);
}

/** `signatures/tagmanifest-sha256.txt.<FINGERPRINT>.asc`. */
export function signaturePath(fingerprint: string): string {
  return `${FILES.signatures}/${FILES.tagManifest}.${fingerprint}.asc`;
}

/** What a stranger types to verify this bag; indented lines are commands for bash, in this order. */
export function verifyText(seal: Seal, fingerprint: string): string {
  const { name } = seal;
  const signature = signaturePath(fingerprint);
  return lines([
    ...(seal.drill ? ['THIS IS A DRILL: these bytes were made by an exercise and are no evidence of anything.', ''] : []),
    `Evidence of incident ${seal.incident}, series ${seal.series}, seal ${String(seal.seal)}, made by ${AGENT} at ${seal.createdAt}.`,
    'It can be verified without that software, with sha256sum, tar, gpg (or sqv), diff and find.',
    '',
    'Get the certificate of the collector from a source that you trust, not from where you got this archive, and save it as collector.asc.',
    'Its fingerprint must be',
    '',
    `  ${fingerprint}`,
    '',
    '1. Unpack.',
    '',
    `    sha256sum -c ${name}.tar.sha256`,
    `    tar -xf ${name}.tar`,
    '    export GNUPGHOME=$(mktemp -d)        # so that no keys, options or trust of yours play a part',
    '    gpg --no-options --dearmor < collector.asc > trusted.gpg',
    `    cd ${name}`,
    '',
    '2. Check who signed the list of files. The output must have a line GOODSIG and a line VALIDSIG with the fingerprint above, and the notations',
    `   must name ${name}. The exit code is not enough: stop at REVKEYSIG, EXPKEYSIG, EXPSIG, BADSIG or ERRSIG.`,
    '',
    `    gpg --no-options --no-default-keyring --keyring "$PWD/../trusted.gpg" --status-fd 1 --verify ${signature} ${FILES.tagManifest}`,
    '',
    '   Stricter about revoked and expired keys, and its exit code is enough:',
    '',
    `    sqv --keyring ../trusted.gpg ${signature} ${FILES.tagManifest}`,
    '',
    '3. Check the files against the list. The first command must succeed, the other two must print nothing.',
    '',
    `    sha256sum -c --strict --quiet ${FILES.tagManifest} ${FILES.manifest}`,
    `    diff <(find ${FILES.data} -type f | LC_ALL=C sort) <(cut -c67- ${FILES.manifest} | LC_ALL=C sort)`,
    '    find . ! -type f ! -type d',
    '',
    ...continuity(seal),
    `${FILES.captures} says what was read from where and when; ${FILES.custody} says who did what. Each line of it carries in "prev" the SHA-256 of`,
    'the line before, so that nothing can be taken out or put in between.',
  ]);
}

function continuity({ previousSeal, custody }: Seal): string[] {
  if (previousSeal === null) return [];
  return [
    `4. With ${previousSeal.name} unpacked beside it: this bag continues that one. Both must print the digest that follows.`,
    '',
    `    sha256sum < ../${previousSeal.name}/${FILES.tagManifest}    # ${previousSeal.tagmanifestSha256}`,
    `    tail -n 1 ../${previousSeal.name}/${FILES.custody} | sha256sum    # ${custody.continues}`,
    '',
  ];
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}
