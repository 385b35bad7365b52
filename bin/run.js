#!/usr/bin/env node
// Kept in syntax that old versions of Node can read, so that they can say what they lack.
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Error: medds needs Node 20.19 or newer; this is Node ${process.versions.node}.`);
  process.exitCode = 1;
} else {
  import('../dist/main.js').then(({ main }) => main(process.argv.slice(2)));
}
