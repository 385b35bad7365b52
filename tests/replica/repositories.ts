/** Datasets that lie in repositories: Zenodo, Figshare, Dataverse. */
import { file, files, numbered, packed, spare, tarGz, zip, zipOf } from './offer.js';
import type { Replica } from './replica.js';

const LUNA_CASE = '1.3.6.1.4.1.14519.5.2.1.6279.6001';
const scans = (folder: string, number: number) =>
  ['mhd', 'raw'].map((ending) => `${folder}/${LUNA_CASE}.${number}.${ending}`);
const subset = (number: number) => ({ [`subset${number}.zip`]: zip(scans(`subset${number}`, 100 + number)) });
const subsets = (...numbers: number[]) => Object.assign({}, ...numbers.map(subset));

const STRUCTURES = ['LymphNodes', 'Azygos', 'BrachiocephalicVeins', 'Esophagus', 'SubCarArt'];
const lynos = (patient: number) =>
  ['data', ...STRUCTURES.map((name) => `labels_${name}`)].map(
    (name) => `Benchmark/Pat${patient}/pat${patient}_${name}.nii.gz`,
  );

const picai = (patient: number) =>
  ['t2w', 'adc', 'hbv'].map((kind) => `images/${patient}/${patient}_${patient + 990_000}_${kind}.mha`);
const LABELS = [
  'README.md',
  'LICENSE',
  'csPCa_lesion_delineations/human_expert/original/10000_1000000.nii.gz',
  'csPCa_lesion_delineations/AI/Bosma22a/10000_1000000.nii.gz',
  'anatomical_delineations/zonal_pz_tz/AI/Yuan23/10000_1000000.nii.gz',
  'clinical_information/marksheet.csv',
];

const RELEASE = 'Mindboggle101_release3';
const COHORTS = ['OASIS-TRT-20', 'NKI-TRT-20', 'NKI-RS-22', 'MMRR-21', 'Extra-18'];
const VOLUMES = `${RELEASE}/Mindboggle101_volumes`;
const SURFACES = `${RELEASE}/Mindboggle101_surfaces`;

const ARCHIVES = [
  ...COHORTS.map((cohort) => `${cohort}_volumes`),
  ...['', '_MNI152space'].map((space) => `WholeBrain_VolumeLabels_OASIS-TRT-20${space}`),
  ...COHORTS.map((cohort) => `SurfaceLabels_${cohort}`),
  'ShapeTables_mindboggle_20141017',
  'subject_scans_info_Mindboggle101',
];
const TEXTS = [
  'label-issues_201903.txt',
  'label_definitions.txt',
  'subject_list_Mindboggle101.txt',
  'subject_sources_Mindboggle101.txt',
  'subject_table_Mindboggle101.pdf',
  'labels_on_fsaverage_surfaces.png',
  'code_postprocess_Mindboggle101_data.txt',
  'code_prep_WholeBrain_OASIS-TRT-20_labels.txt',
  'code_repostprocess_Mindboggle101.py',
  'code_resample2mm.txt',
];

const caseOf = (name: string) => ['', '_segmentation'].flatMap((part) => [`${name}${part}.mhd`, `${name}${part}.raw`]);

export const REPOSITORIES: Replica[] = [
  {
    dataset: 'luna16',
    hosts: {
      zenodo: {
        '3723295': {
          ...subsets(0, 1, 2, 3, 4, 5, 6),
          ...files('annotations.csv', 'candidates.csv', 'sampleSubmission.csv'),
          'candidates_V2.zip': zip(['candidates_V2.csv']),
          'seg-lungs-LUNA16.zip': zip(scans('seg-lungs-LUNA16', 100)),
          'evaluationScript.zip': zip(['evaluationScript/noduleCADEvaluationLUNA16.py']),
        },
        '4121926': { ...subsets(7, 8, 9), 'candidates_V2.zip': spare() },
      },
    },
  },
  {
    dataset: 'lynos',
    hosts: { zenodo: { '10102261': { 'LyNoS.zip': zip([...lynos(1), ...lynos(15)]) } } },
  },
  {
    dataset: 'promise12',
    hosts: {
      zenodo: {
        '8026660': {
          'training_data.zip': zip(
            ['Case00', 'Case49'].flatMap((name) => caseOf(`training_data/${name}`)),
            { without: 'training_data/' },
          ),
          'test_data.zip': zip(['test_data/Case00.mhd', 'test_data/Case00.raw'], { without: 'test_data/' }),
          'livechallenge_test_data.zip': zip(['livechallenge_test_data/Case00.mhd'], {
            without: 'livechallenge_test_data/',
          }),
          ...files('LICENSE.TXT'),
        },
      },
    },
  },
  {
    dataset: 'idrid',
    hosts: {
      zenodo: {
        '17219542': {
          'A. Segmentation.zip': zip([
            'A. Segmentation/1. Original Images/a. Training Set/IDRiD_01.jpg',
            'A. Segmentation/1. Original Images/b. Testing Set/IDRiD_55.jpg',
            'A. Segmentation/2. All Segmentation Groundtruths/a. Training Set/1. Microaneurysms/IDRiD_01_MA.tif',
          ]),
          'B. Disease Grading.zip': zip([
            'B. Disease Grading/1. Original Images/a. Training Set/IDRiD_001.jpg',
            'B. Disease Grading/2. Groundtruths/a. IDRiD_Disease Grading_Training Labels.csv',
          ]),
          'C. Localization.zip': zip([
            'C. Localization/1. Original Images/a. Training Set/IDRiD_001.jpg',
            'C. Localization/2. Groundtruths/1. Optic Disc Center Location/a. IDRiD_OD_Center_Training Set_Markups.csv',
          ]),
        },
      },
    },
  },
  // Whether the volumes lie singly or in an archive is not known.
  { dataset: 'lola11', hosts: { zenodo: { '4708800': files(...numbered(1, 3, (n) => `lola11-${n}.mha`)) } } },
  {
    dataset: 'lola11',
    title: 'in an archive',
    hosts: { zenodo: { '4708800': { 'lola11.zip': zip(numbered(1, 3, (n) => `lola11-${n}.mha`)) } } },
  },
  {
    dataset: 'valdo',
    hosts: {
      zenodo: {
        '4687995': {
          'Task2_v2.tar.gz': tarGz([
            'Task2/sub-101/sub-101_space-T2S_CMB.nii.gz',
            'Task2/sub-101/sub-101_space-T2S_desc-masked_T1.nii.gz',
            'Task2/sub-301/sub-301_space-T2S_CMB.nii.gz',
          ]),
          'Task1.tar.gz': spare(),
        },
      },
    },
  },
  {
    // A dash that is none, as in the real name.
    dataset: 'vessel12',
    hosts: {
      zenodo: {
        '8055066': {
          'VESSEL12_01-05.tar.bz2': packed(
            ['VESSEL12_01-05/VESSEL12_01.mhd', 'VESSEL12_01-05/VESSEL12_01.raw'],
            'QlpoOTFBWSZTWfE8nMsAAW7fgc2QQAP3gAIEKQDkQh6AAgAICDAAuAwwTAmAhoyaYGGCYEwENGTTAKkoInommjajJtIyep+pbTXgypgC7GQjln3Ztxe4Mm0RSVTfvoUL3JIfKHu2EwUR0XDRIU2M0KxRH2kLvZSQpm+GMhtdJ1SGiQ0SGC9IXJDmLUK69oWqGSQ9H+7I/kao8I1UiyyzBGRDyLuSKcKEh4nk5lg=',
          ),
          'VESSEL12_06-10.tar.bz2': packed(
            ['VESSEL12_06-10/VESSEL12_06.mhd', 'VESSEL12_06-10/VESSEL12_06.raw'],
            'QlpoOTFBWSZTWUF6/o8AAW7fgc2QQAP9gAIEKQDkQh6AAgAICDAAuAwwTAmAhoyaYGGCYEwENGTTAKlE0ofqnqaNHpGm0Qep+qY234L0WBXOQjj6/ai5ycF3eIolKNNKCgyckhZD0UJqhZUjmqjJskNUM58pC1fNURxq1aM0hdzdEhskNkhZkkKpD4GKCnTrDFIXSHg/nVH6jdH4jdRGGGFkXIf4u5IpwoSCC9f0eA==',
          ),
          'VESSEL12_11–15.tar.bz2': packed(
            ['VESSEL12_11-15/VESSEL12_11.mhd', 'VESSEL12_11-15/VESSEL12_11.raw'],
            'QlpoOTFBWSZTWQMsc20AAW7fgc2QQAP/gAIEKQDkQh6AAgAICDAAuAwyMCaYEyGJowMMjAmmBMhiaMAqSgU2kGhtQ9TaIPU/VLbb+LOmALsZCNMPtzZmDwYshFJVOPGhQveiQ0Q5MmlIxURquRlCL5skPlIXaIcmMkKc2q9Dgy1dEhskNkhivSFyQ+BahXTrC1QzSHB/OqP1G6PxG6kWWWYIzIf4u5IpwoSAGWObaA==',
          ),
          'VESSEL12_16-20.tar.bz2': packed(
            ['VESSEL12_16-20/VESSEL12_16.mhd', 'VESSEL12_16-20/VESSEL12_16.raw'],
            'QlpoOTFBWSZTWSLUue0AAW7fgc2QQAP/gAIEKQDkQh6AAgAICDAAuAwyMCaYEyGJowMMjAmmBMhiaMAqSTVB6nqaaDaj1NqA0/VMb9ODOlwW6pCPLz+1mZq4M3YIpKpppQoZNUhdDionJC6xGyyNWU2SFW3SGqHFkIpyaNrpDNo5pDdIbpC7JIWSHsMUK5/EMVDNIdr+bo/UdEfiOikYYYXRmQ/xdyRThQkCLUue0A==',
          ),
          'VESSEL12_01-20_Lungmasks.tar.bz2': packed(
            ['VESSEL12_01-20_Lungmasks/VESSEL12_01.mhd', 'VESSEL12_01-20_Lungmasks/VESSEL12_01.raw'],
            'QlpoOTFBWSZTWXXHaucAAXVf0MyQQAP3AAIEKQDkyx6AAAgACAgIMADYBjCYmgwRiGRhMMYTE0GCMQyMJgVKQ0kw1NMmE9Q0NNtTr32tVrlJJLqhHtw/XFsODJsegig3bqCgvVSH8hvYkwUI6LhmkKMZzQ9WKI6pDkhWSG9VXk1cWt8JDNIZpDJDBgkL0h0FqClvqFqQ2pDJDW0eEPtH+jRC9Hyh4Q7oshouRZC5C9V2QswRkQ8i7kinChIOuO1c4A==',
          ),
          'VESSEL12_ExampleScans.tar.bz2': packed(
            [
              'VESSEL12_ExampleScans/Annotations/VESSEL12_21_Annotations.csv',
              'VESSEL12_ExampleScans/Lungmasks/VESSEL12_21.mhd',
              'VESSEL12_ExampleScans/Scans/VESSEL12_21.mhd',
            ],
            'QlpoOTFBWSZTWZ/+XZ8AASxfxMyQQAH/ICKMCQDu799AABAAAIgIMAEhgESiaU9T9UHpNDTI9IAAAYGQZAAYjQZDIDApUqPU00Jo9AEMjAB6janzoY3f4jKQBlhUM89Xu1bjMtfI0clQgPFxyAQAq/AmsEiC6nFyitmCvRt24A5xtsvATOtZuQW9K2EmgrEFyw5muLhTCSldl2TgE/NyGiC70FwUbG9BZ+4xqisorwpbMqjsGmBjAxyquRMUuG0peUjbZpgnHI8U9iZ0vlNRNRO5NtLNNZM6WiZk4CaJlIwm0m6TipZW5I0xjGBhG4m/bE/FrJkTrTSyT+0ugH2LuSKcKEhP/y7PgA==',
          ),
        },
      },
    },
  },
  {
    dataset: 'pi-cai',
    hosts: {
      zenodo: {
        '6624726': Object.fromEntries(
          [10_000, 10_300, 10_600, 10_900, 11_200].map((patient, fold) => [
            `picai_public_images_fold${fold}.zip`,
            zip(picai(patient), { without: 'images/' }),
          ]),
        ),
      },
      github: {
        'DIAGNijmegen/picai_labels': Object.fromEntries(LABELS.map((name) => [name, file(`picai_labels/${name}`)])),
      },
    },
  },
  {
    dataset: 'mindboggle',
    hosts: {
      zenodo: {
        '22070005': {
          [`${RELEASE}.zip`]: zipOf({
            ...Object.fromEntries(
              COHORTS.flatMap((cohort) => [
                [
                  `${VOLUMES}/${cohort}_volumes.tar.gz`,
                  tarGz([`${VOLUMES}/${cohort}_volumes/${cohort}-1/t1weighted.nii.gz`], { without: `${VOLUMES}/` }),
                ],
                [
                  `${SURFACES}/${cohort}_surfaces.zip`,
                  zip([`${SURFACES}/${cohort}_surfaces/${cohort}-1/lh.labels.DKT31.manual.vtk`], {
                    without: `${SURFACES}/`,
                  }),
                ],
              ]),
            ),
            [`${RELEASE}/README.md`]: file(`${RELEASE}/README.md`),
          }),
          'Mindboggle101_templates.zip': zip(['Mindboggle101_templates/template.nii.gz']),
          'DKT_classifier_evaluation.zip': zip(['DKT_classifier_evaluation/table.csv']),
          'Mindboggle101_atlases.zip': zip(['Mindboggle101_atlases/atlas.nii.gz']),
          'docs.zip': zip(['docs/index.html']),
          'DKT_labeling_protocol.zip': zip(['DKT_labeling_protocol/protocol.pdf']),
          ...files('README.md', 'LICENSE'),
        },
      },
    },
  },
  {
    dataset: 'mindboggle',
    source: 'dataverse',
    hosts: {
      dataverse: {
        '10.7910/DVN/HMQKCK': {
          ...Object.fromEntries(ARCHIVES.map((name) => [`${name}.tar.gz`, tarGz([`${name}/subject-1/scan.nii.gz`])])),
          ...files(...TEXTS),
        },
      },
    },
  },
  {
    dataset: 'sega2023',
    hosts: {
      figshare: {
        '14806362': Object.fromEntries(
          ['KiTS/K1', 'Rider/R1', 'Dongyang/D1'].map((name) => {
            const [folder = '', scan = ''] = name.split('/');
            return [`${folder}.zip`, zip([`${name}/${scan}.nrrd`, `${name}/${scan}.seg.nrrd`])];
          }),
        ),
      },
    },
  },
];
