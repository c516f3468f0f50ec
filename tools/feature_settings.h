/* tools/feature_settings.h -- the front end as options and as a JSON file
 *
 *     pinna_feature_settings settings;
 *     pinna_option options[PINNA_FEATURE_OPTIONS];
 *     pinna_feature_settings_default(&settings);
 *     const size_t n = pinna_feature_settings_options(&settings, options);
 *     ... parse ...
 *     pinna_feature_settings_settle(&settings, &error);
 *     ...
 *     pinna_feature_settings_free(&settings);
 *
 * Options have the names of the toolkits that know them; in JSON a '-' of the
 * name is a '_'. A preset comes first, then a file of settings, then options:
 * settle() after a first parse puts the first two in place and clears what was
 * given, so that a second parse can lay the options over them. */
#ifndef PINNA_TOOLS_FEATURE_SETTINGS_H
#define PINNA_TOOLS_FEATURE_SETTINGS_H

#include "dsp/front_end.h"
#include "dsp/status.h"
#include "tools/json_writer.h"
#include "tools/options.h"

#include <stdbool.h>
#include <stddef.h>

#define PINNA_FEATURE_CHOICES 12 /* options whose value is a name */
#define PINNA_FEATURE_OPTIONS 80

typedef struct pinna_feature_settings {
    pinna_front_end_config config;
    size_t sample_frequency; /* that the analysis must have, Hz; 0: any */
    size_t rate;             /* to resample to, Hz; 0 keeps that of the file */
    size_t power;            /* 1 or 2; 0: as the flag in config says */
    bool subtract_mean;      /* utterance CMVN by its name in torchaudio */
    const char *preset, *file;                  /* NULL for none */
    const char *cmvn_stats;                     /* a file, or NULL */
    const char *choices[PINNA_FEATURE_CHOICES]; /* as given, or NULL */
    char *text_of_file; /* what cmvn_stats points to, if `file` set it */
} pinna_feature_settings;

/* Kaldi's MFCC. */
void pinna_feature_settings_default(pinna_feature_settings *settings);
void pinna_feature_settings_free(pinna_feature_settings *settings);

/* options [PINNA_FEATURE_OPTIONS] that set it; returns how many. */
size_t pinna_feature_settings_options(pinna_feature_settings *settings,
                                      pinna_option *options);

/* Start again from the preset and the file that were named. Errors name the
 * option or the file and field. */
pinna_status pinna_feature_settings_base(pinna_feature_settings *settings,
                                         pinna_error *error);

/* Names to values: after the last parse. */
pinna_status pinna_feature_settings_settle(pinna_feature_settings *settings,
                                           pinna_error *error);

/* All values as a JSON object that a file can hold. */
void pinna_feature_settings_print(const pinna_feature_settings *settings,
                                  pinna_json *json);

#endif
