// Writes dist/workflow-bundle.js from dist/workflows/index.js. Whatever a workflow may not use (node:fs, node:crypto) fails here.
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const dist = (path) => fileURLToPath(new URL(`../dist/${path}`, import.meta.url));
const workflowsPath = dist('workflows/index.js');
const failureConverterPath = dist('workflows/failure-converter.js');
const interceptors = dist('workflows/interceptors.js');
const bundle = dist('workflow-bundle.js');

// Webpack says only "finished with errors": the reasons are in its log.
const log = [];
const keep = (level) => (message) => log.push(`${level}: ${message}`);
const logger = {
  log: (level, message) => keep(level)(message),
  trace: keep('trace'),
  debug: keep('debug'),
  info: keep('info'),
  warn: keep('warn'),
  error: keep('error'),
};

// A bundle without the failure converter would be accepted and would leak failure messages in clear, so both are demanded, never optional.
for (const path of [workflowsPath, failureConverterPath, interceptors]) if (!existsSync(path)) throw new Error(`${path} is missing`);
try {
  const { code } = await bundleWorkflowCode({ workflowsPath, failureConverterPath, workflowInterceptorModules: [interceptors], logger });
  // A worker that starts meanwhile reads the old bundle or the new one, never half of one.
  writeFileSync(`${bundle}.new`, code);
  renameSync(`${bundle}.new`, bundle);
} catch (error) {
  process.stderr.write(`${log.join('\n')}\n${error.stack}\n`);
  process.exitCode = 1;
}
