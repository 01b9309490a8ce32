// Reads vitest's JSON reports, names every test that failed with the start of its message, and prints one line of counts for all, last: whoever sees only
// the end of a long output sees what broke. Exits 1 when anything failed, or when a report is not there since the suite failed before its tests.
import { readFileSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** How many lines of a failure's message are repeated; the whole of it stands in the output of its suite. */
const MESSAGE_LINES = 12;

const all = process.argv.slice(2).map(resultsOf);
for (const failure of all.flatMap((results) => results.failures)) process.stdout.write(`${failure}\n`);
const [passed, failed, skipped] = [
  all.reduce((sum, results) => sum + results.passed, 0),
  all.reduce((sum, results) => sum + results.failures.length, 0),
  all.reduce((sum, results) => sum + results.skipped, 0),
];
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

function resultsOf(path) {
  const suite = basename(path, '.json');
  let report;
  try {
    report = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { passed: 0, failures: [`failed: ${suite}: no report, the suite ended before its tests`], skipped: 0 };
  }
  return {
    passed: report.numPassedTests,
    failures: report.testResults.flatMap((file) => failuresOf(suite, file)),
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function failuresOf(suite, file) {
  const where = `failed: ${suite}: ${relative(process.cwd(), file.name)}`;
  const tests = file.assertionResults.filter((test) => test.status === 'failed');
  // A file that fails before its first test counts as one failure, though no test of it does.
  if (tests.length === 0) return file.status === 'failed' ? [`${where}\n${startOf(file.message)}`] : [];
  return tests.map((test) => `${where} > ${test.fullName}\n${startOf(test.failureMessages.join('\n'))}`);
}

function startOf(message) {
  return stripVTControlCharacters(message)
    .split('\n')
    .filter((line) => !line.includes('node_modules'))
    .slice(0, MESSAGE_LINES)
    .map((line) => `    ${line}`)
    .join('\n');
}
