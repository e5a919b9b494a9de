/**
 * Adds the builds for other platforms that npm left out of package-lock.json. Run it after `npm install`.
 *
 * A registry mirror may lack a package for a platform that nobody installs from there. npm then writes a
 * lockfile without it, and refuses the same lockfile in `npm ci` as out of sync. An entry with the version that
 * the parent asks for and the platform it is for is enough: where it does not fit it is never fetched.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const systems = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const processors = [
  'arm64',
  'arm',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
];
const libraries = { gnu: 'glibc', musl: 'musl' };

/** `@scope/name-linux-arm-gnueabihf` → os linux, cpu arm, or undefined for another name. */
function platformOf(name) {
  const words = name.split(/[/-]/u);
  const os = systems.find((system) => words.includes(system));
  const cpu = processors.find((processor) => words.includes(processor));
  const libc = Object.entries(libraries).find(([word]) => words.includes(word))?.[1];
  if (os === undefined || cpu === undefined) return undefined;
  return { cpu, os, libc: os === 'linux' ? libc : undefined };
}

const lock = JSON.parse(readFileSync(file, 'utf8'));
let added = 0;
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const isThere =
      `node_modules/${name}` in lock.packages || `${path}/node_modules/${name}` in lock.packages;
    const platform = platformOf(name);
    if (isThere || platform === undefined || !/^\d/u.test(version)) continue;
    // In the order in which npm writes them, so that it leaves the entry alone.
    lock.packages[`node_modules/${name}`] = {
      version,
      cpu: [platform.cpu],
      ...(entry.dev && { dev: true }),
      ...(platform.libc !== undefined && { libc: [platform.libc] }),
      optional: true,
      os: [platform.os],
    };
    added++;
  }
}
if (added > 0) {
  const [root, ...rest] = Object.keys(lock.packages);
  lock.packages = Object.fromEntries([root, ...rest.sort()].map((key) => [key, lock.packages[key]]));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}
process.stdout.write(`package-lock.json: ${String(added)} builds for other platforms added\n`);
