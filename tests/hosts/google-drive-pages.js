// @ts-check
/** What Google Drive shows and tells: pages as they were recorded from 2023 to 2026, styles left out, and resources of API v3. */

/**
 * @typedef {import('./google-drive.js').DriveThing} DriveThing
 */

/** @param {string} text */
const escaped = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/**
 * @param {DriveThing} file
 * @param {string} action  where the form leads
 * @param {Record<string, string>} fields
 */
export function virusScanPage({ id, name }, action, fields) {
  const inputs = Object.entries(fields)
    .map(([field, value]) => `<input type="hidden" name="${field}" value="${escaped(value)}">`)
    .join('');
  return `<!DOCTYPE html><html><head><title>Google Drive - Virus scan warning</title></head><body><div class="uc-main"><div id="uc-text"><p class="uc-warning-caption">Google Drive can't scan this file for viruses.</p><p class="uc-warning-subcaption"><span class="uc-name-size"><a href="/open?id=${id}">${escaped(name)}</a> (476M)</span> is too large for Google to scan for viruses. Would you still like to download this file?</p><form id="download-form" action="${escaped(action)}" method="get"><input type="submit" id="uc-download-link" class="goog-inline-block jfk-button jfk-button-action" value="Download anyway"/>${inputs}</form></div></div><div class="uc-footer"><hr class="uc-footer-divider"></div></body></html>`;
}

export const QUOTA_PAGE = `<!DOCTYPE html><html><head><title>Google Drive - Quota exceeded</title></head><body><div class="uc-main"><p class="uc-error-caption">Sorry, you can't view or download this file at this time.</p><p class="uc-error-subcaption">Too many users have viewed or downloaded this file recently. Please try accessing the file again later. If the file you are trying to access is particularly large or is shared with many people, it may take up to 24 hours to be able to view or download the file. If you still can't access a file after 24 hours, contact your domain administrator.</p></div></body></html>`;

export const INFECTED_PAGE = `<!DOCTYPE html><html><head><title>Google Drive - Infected file</title></head><body><div class="uc-main"><p class="uc-error-caption">Sorry, this file is infected with a virus.</p><p class="uc-error-subcaption">Only the owner is allowed to download infected files.</p></div></body></html>`;

/** @param {string} title */
export const plainPage = (title) =>
  `<!DOCTYPE html><html><head><title>${escaped(title)}</title></head><body><p>${escaped(title)}</p></body></html>`;

const FOLDER = 'application/vnd.google-apps.folder';
const OWN = 'application/vnd.google-apps.';

/** @type {Record<string, string>} */
const ADDRESSES = { document: 'document', spreadsheet: 'spreadsheets', presentation: 'presentation', form: 'forms' };

/** The address of a thing's own page, without the origin. @param {DriveThing} thing */
export function pathOfPage({ id, type, resourceKey }) {
  const key = resourceKey === undefined ? '' : `&resourcekey=${resourceKey}`;
  if (type === FOLDER) return `/drive/folders/${id}?usp=drive_web${key}`;
  if (type.startsWith(OWN)) return `/${ADDRESSES[type.slice(OWN.length)]}/d/${id}/edit?usp=drive_web${key}`;
  return `/file/d/${id}/view?usp=drive_web${key}`;
}

/**
 * @param {DriveThing} folder
 * @param {readonly DriveThing[]} children
 */
export function folderPage({ name }, children) {
  const entries = children.map((child) => {
    const host = child.type.startsWith(OWN) && child.type !== FOLDER ? 'docs' : 'drive';
    const address = escaped(`https://${host}.google.com${pathOfPage(child)}`);
    return `<div class="flip-entry" id="entry-${child.id}" tabindex="0" role="link"><div class="flip-entry-info"><a href="${address}" target="_blank"><div class="flip-entry-thumb"><img src="x" alt="${child.type}"/></div><div class="flip-entry-title">${escaped(child.name)}</div></a></div><div class="flip-entry-last-modified"><div>28.09.26</div></div></div>`;
  });
  return `<html><head><title>${escaped(name)}</title></head><body><div id="flip-contents"><div class="flip-entries">${entries.join('')}</div></div></body></html>`;
}

/**
 * A file resource of the API (https://developers.google.com/workspace/drive/api/reference/rest/v3/files).
 * @param {DriveThing} thing
 */
export function resourceOf({ id, name, type, hosted, md5, sha256, resourceKey, target }) {
  return {
    id,
    name,
    mimeType: target === undefined ? type : `${OWN}shortcut`,
    ...(hosted === undefined || type.startsWith(OWN)
      ? {}
      : { size: String(hosted.content.size), md5Checksum: md5, sha256Checksum: sha256 }),
    ...(resourceKey === undefined ? {} : { resourceKey }),
    ...(target === undefined
      ? {}
      : {
          shortcutDetails: { targetId: target.id, targetMimeType: target.type, targetResourceKey: target.resourceKey },
        }),
  };
}

/**
 * @param {number} code
 * @param {string} reason
 * @param {string} message
 * @param {object} [more]
 */
export function apiError(code, reason, message, more = {}) {
  return { error: { errors: [{ domain: 'global', reason, message }], code, message, ...more } };
}
