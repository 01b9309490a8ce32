// Reads vitest's JSON reports and prints one line for all; exits 1 when anything failed, or when one is not there since the gate failed before the tests.
import { readFileSync } from 'node:fs';

const all = process.argv.slice(2).map(countsOf);
const [passed, failed, skipped] = ['passed', 'failed', 'skipped'].map((name) => all.reduce((sum, counts) => sum + counts[name], 0));
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

function countsOf(path) {
  let report;
  try {
    report = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  // A file that fails before its first test counts as one failure, though no test of it does.
  const dead = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + dead.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
