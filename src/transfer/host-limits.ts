/** What hosts are known to bear, where that is less than our default or says how often they may be asked. docs/politeness.md shows it. */

export interface HostLimits {
  /** Connections at one time. */
  connections?: number;
  /** Requests in any span of so many milliseconds. */
  requests?: { count: number; per: number };
  /** Least bytes that one ranged request should cover: requests are counted, bytes are not. */
  segment?: number;
  /** Where it is said, or why it is believed. */
  reason: string;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const MiB = 1024 * 1024;

const ZENODO: HostLimits = {
  connections: 2,
  requests: { count: 60, per: MINUTE },
  segment: 256 * MiB,
  reason: 'guests: 60 requests a minute (developers.zenodo.org); one or two downloads from one address',
};

const DATAVERSE: HostLimits = {
  connections: 2,
  reason: 'no limit is stated; a firewall takes many requests at once for an attack',
};

const NBIA: HostLimits = {
  connections: 8,
  requests: { count: 20, per: SECOND },
  reason: 'no limit is stated; tcia_utils asks for 10 series at once',
};

/** By the host of the address. Everything else: our default of connections, and no limit of requests. */
export const HOST_LIMITS: Readonly<Record<string, HostLimits>> = {
  'zenodo.org': ZENODO,
  'sandbox.zenodo.org': ZENODO,
  'api.figshare.com': {
    connections: 1,
    requests: { count: 1, per: SECOND },
    reason: 'its documentation asks for one request a second at most (docs.figshare.com)',
  },
  'api.osf.io': {
    connections: 1,
    requests: { count: 10, per: 10 * SECOND },
    reason: 'guests may ask 100 times an hour (developer.osf.io), and its answers do not tell what is left',
  },
  'files.osf.io': {
    connections: 2,
    requests: { count: 3600, per: 60 * MINUTE },
    reason: '3,600 requests an hour (waterbutler of github.com/CenterForOpenScience)',
  },
  'api.github.com': {
    requests: { count: 900, per: MINUTE },
    reason: 'secondary limit of 900 a minute (docs.github.com); what is left of 60 or 5,000 an hour, its answers tell',
  },
  'dataverse.harvard.edu': DATAVERSE,
  'services.cancerimagingarchive.net': NBIA,
  'nlst.cancerimagingarchive.net': NBIA,
  'www.nitrc.org': { connections: 1, reason: 'no limit is stated; a firewall is known' },
  'drive.usercontent.google.com': {
    connections: 2,
    reason: 'every request counts against the quota of the file (inferred from its refusals)',
  },
  'repo-prod.prod.sagebase.org': {
    connections: 2,
    requests: { count: 10, per: SECOND },
    reason: 'no limit is stated; its own client asks for a file at a time',
  },
  'api.imaging.datacommons.cancer.gov': {
    connections: 5,
    reason: 'five instances serve everybody (github.com/ImagingDataCommons)',
  },
};
