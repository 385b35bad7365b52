import { describe, expect, it } from 'vitest';
import { safePath } from '../../src/archive/safety.js';
import { IntegrityError } from '../../src/errors.js';

describe('safePath', () => {
  it.each([
    ['a.nii', 'a.nii'],
    ['./a//b/', 'a/b'],
    ['case 1/Bild (ä).dcm', 'case 1/Bild (ä).dcm'],
    ['...', '...'],
    ['a/..b/c..', 'a/..b/c..'],
    ['-rf', '-rf'],
    ['__proto__/constructor', '__proto__/constructor'],
    [`${'x'.repeat(255)}/y`, `${'x'.repeat(255)}/y`],
  ])('cleans %j', (name, path) => {
    expect(safePath(name)).toBe(path);
  });

  it.each([
    ['', /empty/],
    ['.', /empty/],
    ['./', /empty/],
    ['/etc/passwd', /absolute/],
    ['//host/share/x', /absolute/],
    ['\\\\host\\share', /backslash/],
    ['..\\x', /backslash/],
    ['C:/x', /drive/],
    ['c:..', /drive/],
    ['./c:/x', /drive/],
    ['..', /climbs/],
    ['a/../b', /climbs/],
    ['../out_evil/x', /climbs/],
    ['a/b/../../../c', /climbs/],
    ['a\0b', /control/],
    ['a\nb', /control/],
    ['a\u001b[2Jb', /control/],
    ['a\u009bb', /control/],
    ['a\ud800', /Unicode/],
    ['x'.repeat(256), /255/],
    ['é'.repeat(128), /255/],
    [Array(257).fill('a').join('/'), /256/],
    [Array(200).fill('a'.repeat(25)).join('/'), /4096/],
  ])('refuses %j', (name, reason) => {
    expect(() => safePath(name)).toThrow(IntegrityError);
    expect(() => safePath(name)).toThrow(reason);
  });

  it('does not let a name steer the terminal', () => {
    expect(() => safePath('/\u202e\u001b[31m')).toThrow('\\u{202e}\\u{1b}[31m');
  });

  const windows = process.platform === 'win32';
  it.each(['NUL', 'a/com1.txt', 'a./b', 'a ', 'a|b', 'xy:stream'])('refuses %j on Windows only', (name) => {
    if (windows) expect(() => safePath(name)).toThrow(IntegrityError);
    else expect(safePath(name)).toBe(name);
  });
});
