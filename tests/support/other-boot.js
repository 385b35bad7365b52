// @ts-check
/** Loaded into a medds process (`node --import`): the machine seems to have been started anew, as MEDDS_TEST_BOOT names it. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const BOOT_ID = '/proc/sys/kernel/random/boot_id';
const name = process.env.MEDDS_TEST_BOOT;

if (name !== undefined) {
  const { readFileSync } = fs;
  const { readFile } = fs.promises;
  Object.assign(fs, {
    /** @param {any[]} args */
    readFileSync: (...args) => (args[0] === BOOT_ID ? name : Reflect.apply(readFileSync, fs, args)),
  });
  Object.assign(fs.promises, {
    /** @param {any[]} args */
    readFile: async (...args) => (args[0] === BOOT_ID ? name : Reflect.apply(readFile, fs.promises, args)),
  });
  syncBuiltinESMExports();
}
