// Run as a process of its own: the SDK downloads an engine only by starting one, and its native runtime takes over a process's signals.
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [downloadDir, version] = process.argv.slice(2);
const executable = { type: 'cached-download', downloadDir, version };
const environment = await TestWorkflowEnvironment.createLocal({ server: { executable, ip: '127.0.0.1' } });
await environment.teardown();
