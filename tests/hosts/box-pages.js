// @ts-check
/** What Box shows: pages whose data is written into them, in the shapes that public programs read in 2026, all else left out. */

/**
 * @typedef {import('./box.js').BoxThing} BoxThing
 */

/** Entries of a folder that one page shows. */
const PAGE_SIZE = 20;

/**
 * The page of a folder, or of a file, with its data as JSON that may stand in a script.
 * @param {string} title
 * @param {Record<string, unknown>} data
 */
function dataPage(title, data) {
  const json = JSON.stringify(data).replaceAll('/', '\\/');
  return `<!DOCTYPE html><html><head><title>${title} | Powered by Box</title></head><body><div id="app"></div><script>Box.config = {"requestToken":"0123"};Box.prefetchedData = {};Box.postStreamData = ${json};</script></body></html>`;
}

/**
 * @param {string} sharedName
 * @param {BoxThing} shared  what the link was made for
 */
function sharedItem(sharedName, { type, id }) {
  return { '/app-api/enduserapp/shared-item': { itemID: id, itemType: type, sharedName, status: 'ok' } };
}

/**
 * @param {string} sharedName
 * @param {BoxThing} shared
 * @param {BoxThing} file
 * @param {boolean} canDownload
 */
export function filePage(sharedName, shared, file, canDownload) {
  return dataPage(file.name, {
    ...sharedItem(sharedName, shared),
    [`/app-api/enduserapp/item/f_${file.id}`]: { items: [itemOf(file, canDownload)] },
  });
}

/**
 * @param {string} sharedName
 * @param {BoxThing} shared
 * @param {BoxThing} folder
 * @param {readonly BoxThing[]} children
 * @param {number} number  of the page, from 1
 * @param {boolean} canDownload
 */
export function folderPage(sharedName, shared, folder, children, number, canDownload) {
  const items = children.slice((number - 1) * PAGE_SIZE, number * PAGE_SIZE);
  return dataPage(folder.name, {
    ...sharedItem(sharedName, shared),
    '/app-api/enduserapp/shared-folder': {
      currentFolderID: folder.id,
      currentFolderName: folder.name,
      folderItemCount: children.length,
      items: items.map((item) => itemOf(item, canDownload)),
      pageCount: Math.max(1, Math.ceil(children.length / PAGE_SIZE)),
      pageNumber: number,
      pageSize: PAGE_SIZE,
    },
  });
}

/** @param {BoxThing} thing @param {boolean} canDownload */
function itemOf({ type, id, name, hosted, parent }, canDownload) {
  return {
    type,
    id,
    typedID: `${{ file: 'f', folder: 'd', web_link: 'w' }[type]}_${id}`,
    name,
    parentFolderID: parent ?? 0,
    itemSize: hosted?.content.size ?? 0,
    canDownload,
  };
}

export const PASSWORD_PAGE =
  '<!DOCTYPE html><html><head><title>Box</title></head><body><form method="post"><p>This shared file or folder is protected by a password.</p><input type="password" id="shared_password" name="password"></form></body></html>';

export const LOGIN_PAGE =
  '<!DOCTYPE html><html><head><title>Box | Login</title></head><body><form method="post"><input name="login"><input type="password" name="password"></form></body></html>';

export const REMOVED_PAGE =
  '<!DOCTYPE html><html><head><title>Box</title></head><body><p>This shared file or folder link has been removed or is unavailable to you.</p></body></html>';

export const BANDWIDTH_PAGE =
  '<!DOCTYPE html><html><head><title>Box</title></head><body><p class="error_message_bandwidth">The user hosting this content is out of bandwidth.</p></body></html>';
