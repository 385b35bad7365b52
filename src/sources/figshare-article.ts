/** What Figshare's API tells of articles (https://docs.figshare.com), and what it means when it gives no files. */
import { ActionRequiredError, NotFoundError } from '../errors.js';
import { printable } from '../printable.js';
import { redactUrl } from '../transfer/redact.js';

/** The part of an article that is used. */
export interface Article {
  id: number;
  version?: number;
  title?: string;
  doi?: string;
  /** Bytes of all files. */
  size?: number;
  url_public_html?: string;
  license?: { name?: string; url?: string };
  /** Null while the article is under embargo, or confidential. */
  files?: ArticleFile[] | null;
  /** Folder of each file that has one, by the file's number. A guess: no recorded answer had any. */
  folder_structure?: Record<string, string>;
  is_embargoed?: boolean;
  embargo_date?: string | null;
  is_confidential?: boolean;
  is_metadata_record?: boolean;
  download_disabled?: boolean;
}

export interface ArticleFile {
  id: number;
  name: string;
  size?: number;
  /** The file is somewhere else, at `download_url`. */
  is_link_only?: boolean;
  download_url?: string;
  supplied_md5?: string;
  /** Empty until Figshare has computed it. */
  computed_md5?: string;
}

/** Why an article has no files that could be downloaded. */
export function noFiles(article: Article, hasToken: boolean): Error {
  const page = pageOf(article);
  const what = `Figshare article ${article.id}`;
  if (article.is_metadata_record === true) {
    return new NotFoundError(`${what} only describes data that is elsewhere`, { hint: `Look at ${page}.` });
  }
  if (article.is_embargoed === true) {
    const until = article.embargo_date ? `until ${printable(article.embargo_date.slice(0, 10))}` : 'for now';
    return new ActionRequiredError(`${what} is under embargo ${until}`, {
      url: page,
      hint: 'Its files cannot be downloaded before.',
    });
  }
  if (article.is_confidential === true || article.download_disabled === true) {
    const reason = article.is_confidential === true ? 'are confidential' : 'are not for download: its owners say so';
    return new ActionRequiredError(`The files of ${what} ${reason}${hasToken ? ', also with your token' : ''}`, {
      url: page,
      steps: [
        `Ask its owners for access at ${page}.`,
        'Once it is granted, make a token at https://figshare.com/account/applications .',
        'Put it into the environment as FIGSHARE_TOKEN and run the same command again.',
      ],
    });
  }
  return new NotFoundError(`${what} holds no files`, { hint: `Look at ${page}.` });
}

export function onlyLinks(article: Article, links: readonly ArticleFile[]): ActionRequiredError {
  const first = links[0]?.download_url;
  return new ActionRequiredError(`Figshare article ${article.id} holds no files, only links to where they are`, {
    url: first === undefined || !URL.canParse(first) ? pageOf(article) : redactUrl(first),
    hint: 'Open the page, or fetch its files by their own address: medds fetch https://…',
  });
}

export function pageOf({ id, url_public_html: page }: Article): string {
  return page !== undefined && URL.canParse(page) ? redactUrl(page) : `https://figshare.com/articles/_/${id}`;
}
