/** The part of citation.js that is used (https://citation.js.org/api/0.8/). */
declare module '@citation-js/core' {
  interface Item {
    id: string;
    title?: string;
  }
  export class Cite {
    constructor(text: string, options: { forceType: string });
    data: Item[];
    format(name: 'data', options: { format: 'text' }): string;
    format(name: 'bibliography', options: { format: 'text'; template: string; lang: string }): string;
  }
}
declare module '@citation-js/plugin-bibtex';
declare module '@citation-js/plugin-csl';
