/** What stands between a user and a project on PhysioNet, and what the user can do about it. */
import { ActionRequiredError, NotFoundError } from '../errors.js';
import type { Answer } from '../transfer/conversation.js';

interface Project {
  project: string;
  version: string;
}

const pageOf = ({ project, version }: Project): string => `https://physionet.org/content/${project}/${version}/`;

/**
 * @param isLogin whether PhysioNet led to its login
 * @param from where the account that was refused comes from
 */
export function refusedByPhysionet(
  project: Project,
  { status, url }: Answer,
  isLogin: boolean,
  from: string | undefined,
): ActionRequiredError {
  const { host } = new URL(url);
  const page = pageOf(project);
  const name = `PhysioNet ${project.project} ${project.version}`;
  if (from === undefined) {
    return new ActionRequiredError(`${name} is only for those who have an account at PhysioNet and are let in`, {
      host,
      url: page,
      steps: [
        'Make an account at https://physionet.org/register/ .',
        `Open ${page} : it says whether training, credentials and an agreement are asked for, and where to give them.`,
        'Give the account to medds login physionet, or put it into the environment as PHYSIONET_USERNAME and PHYSIONET_PASSWORD.',
        'Run the same command again.',
      ],
    });
  }
  if (status === 403) {
    return new ActionRequiredError(`${name} is not open to the account of ${from} yet`, {
      host,
      url: page,
      steps: [
        `Open ${page} , log in, and sign the data use agreement that it asks for.`,
        'Run the same command again.',
      ],
    });
  }
  return new ActionRequiredError(
    `PhysioNet does not take the account of ${from}${isLogin ? ', or not for this' : ''}`,
    {
      host,
      url: 'https://physionet.org/login/',
      hint: 'Log in at https://physionet.org/login/ to see whether name and password are right, and correct them.',
    },
  );
}

export function noSuchProject(project: Project, host: string): NotFoundError {
  return new NotFoundError(`PhysioNet has no version ${project.version} of ${project.project}`, {
    host,
    hint: `https://physionet.org/content/${project.project}/ lists its versions.`,
  });
}
