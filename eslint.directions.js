import tseslint from 'typescript-eslint';

/**
 * Who may import whom (docs/architecture.md). A folder may import itself, what `may` lists, and, as types only, what `types` lists;
 * `packages` are the packages it must not import. Later rows win over earlier ones for the same file.
 */
const FOLDERS = [
  { folder: 'lib', may: ['lib/'], packages: '^@temporalio/', why: 'lib knows nothing of Temporal, and nothing of who uses it' },
  {
    folder: 'lib/codec',
    may: ['lib/'],
    packages: '^@temporalio/(?!common(/|$))',
    why: 'lib/codec knows of Temporal only the interfaces of @temporalio/common',
  },
  { folder: 'lib/model', may: [], packages: '^', why: 'lib/model imports nothing outside itself' },
  {
    folder: 'workflows',
    may: ['workflows/', 'lib/model/'],
    types: ['activities/'],
    packages: '^(?!@temporalio/(workflow|common)(/|$))',
    why: 'workflows are deterministic: they import lib/model, types of activities and @temporalio/{workflow,common}',
  },
  {
    folder: 'activities',
    may: ['activities/', 'lib/', 'workflows/messages.js'],
    packages: '^@temporalio/(?!(activity|common)(/|$))',
    why: 'activities import lib and the messages of workflows',
  },
  {
    folder: 'worker',
    may: ['worker/', 'activities/', 'lib/', 'workflows/messages.js'],
    packages: '^@temporalio/(testing|workflow)(/|$)',
    why: 'the worker composes activities and lib; workflows come as a bundle',
  },
  {
    folder: 'cli',
    may: ['cli/', 'workflows/messages.js', 'lib/model/', 'lib/site/', 'lib/trust/', 'lib/evidence/', 'lib/codec/'],
    types: ['drill/'],
    packages: '^(undici$|@temporalio/(?!(client|common|envconfig)(/|$)))',
    why: 'the desk holds no BMC secret, no BMC client and no worker; drill is a process of its own',
  },
  {
    folder: 'drill',
    may: ['drill/', 'lib/model/'],
    packages: '^@temporalio/',
    why: 'the drill fleet shares no code with the product but lib/model',
  },
];

/** The one file of the desk that may download an engine, which only the SDK's test package does; it runs as a process of its own. */
const DOWNLOAD = { files: ['cli/engine/sdk-download.mjs'], packages: '^(undici$|@temporalio/(?!testing$))' };

/** No source file lies deeper than this many folders; a test holds it, since the patterns below count `../`. */
export const DEEPEST = 4;

export const directions = [
  ...FOLDERS.flatMap((row) => depthsOf(row.folder).map((depth) => block([filesAt(row.folder, depth)], patternsOf(row, depth)))),
  block(DOWNLOAD.files, patternsOf({ ...rowOf('cli'), packages: DOWNLOAD.packages }, 2)),
];

function depthsOf(folder) {
  const least = folder.split('/').length;
  return Array.from({ length: DEEPEST - least + 1 }, (_, more) => least + more);
}

function filesAt(folder, depth) {
  return `${folder}/${'*/'.repeat(depth - folder.split('/').length)}*.{ts,mjs}`;
}

function rowOf(folder) {
  return FOLDERS.find((row) => row.folder === folder);
}

function patternsOf({ folder, may, types = [], packages, why }, depth) {
  const up = `^(\\.\\./){${depth}}`;
  const allowed = [`${folder}/`, ...may, ...types].map(escapeDots).join('|');
  const inside = depth - folder.split('/').length;
  return [
    { regex: `${up}(?!(${allowed}))`, message: why },
    // Between the folder and the root lie its siblings: lib/model/x.ts reaches lib/trust without climbing to the root.
    ...(may.includes('lib/') || folder.split('/').length === 1 ? [] : [{ regex: `^(\\.\\./){${inside + 1}}(?!\\.\\./)`, message: why }]),
    ...(types.length > 0
      ? [{ regex: `${up}(${types.map(escapeDots).join('|')})`, message: `types only: ${why}`, allowTypeImports: true }]
      : []),
    { regex: packages.replace('^', '^(?!\\.{1,2}/)'), message: why },
    {
      regex: '^\\./(.*/)?\\.\\./|[^./]/\\.\\./|^/|^file:',
      message: 'write the import the straight way, so that its direction can be read',
    },
  ];
}

function escapeDots(path) {
  return path.replaceAll('.', '\\.');
}

/** The import rule sees `import` and `export … from`; the syntax rule holds `import()` to the same patterns. */
function block(files, patterns) {
  return {
    files,
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', { patterns }],
      'no-restricted-syntax': [
        'error',
        ...patterns.map(({ regex, message }) => ({
          selector: `ImportExpression[source.value=/${regex.replaceAll('/', '\\u002F')}/]`,
          message,
        })),
        {
          selector: 'ImportExpression:not([source.type="Literal"])',
          message: 'name the module literally, so that its direction can be checked',
        },
      ],
    },
  };
}
