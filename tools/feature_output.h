/* tools/feature_output.h -- feature matrices to files of the formats in use
 *
 * One file for each matrix (.npy, HTK, CSV), or one Kaldi archive of all with
 * its script file beside it. */
#ifndef PINNA_TOOLS_FEATURE_OUTPUT_H
#define PINNA_TOOLS_FEATURE_OUTPUT_H

#include "datasets/matrix.h"
#include "dsp/front_end.h"
#include "dsp/status.h"

#include <stdbool.h>

typedef enum pinna_feature_format {
    PINNA_FORMAT_NPY,
    PINNA_FORMAT_HTK,
    PINNA_FORMAT_CSV,
    PINNA_FORMAT_ARK,      /* and from here on archives */
    PINNA_FORMAT_ARK_TEXT, /* as pinna_ark_form, in its order */
    PINNA_FORMAT_ARK_CM,
    PINNA_FORMAT_ARK_CM2,
    PINNA_FORMAT_ARK_CM3,
} pinna_feature_format;

/* By name ("npy", "htk", "csv", "ark", "ark-text", "ark-cm" ...), or with name
 * NULL by what path ends with; .npy when that tells nothing. PINNA_NOT_FOUND
 * for another name. */
pinna_status pinna_feature_format_of(const char *name, const char *path,
                                     pinna_feature_format *format);
bool pinna_feature_format_is_archive(pinna_feature_format format);

/* ".htk" */
const char *pinna_feature_format_suffix(pinna_feature_format format);

/* What HTK calls these features. */
unsigned pinna_feature_htk_kind(const pinna_front_end_config *config);

/* One matrix as a .npy, HTK or CSV file. */
pinna_status pinna_feature_write(const char *path, pinna_feature_format format,
                                 const pinna_matrix *matrix,
                                 pinna_error *error);

/* An archive under way. The script file is path with .scp for .ark; to stdout
 * ("-") there is none. */
typedef struct pinna_feature_archive pinna_feature_archive;

pinna_status pinna_feature_archive_open(const char *path,
                                        pinna_feature_format format,
                                        pinna_feature_archive **out,
                                        pinna_error *error);
pinna_status pinna_feature_archive_add(pinna_feature_archive *archive,
                                       const pinna_matrix *matrix,
                                       pinna_error *error);
/* Both files appear. The archive is gone afterwards, done or failed. */
pinna_status pinna_feature_archive_commit(pinna_feature_archive *archive,
                                          pinna_error *error);
void pinna_feature_archive_abort(pinna_feature_archive *archive);

#endif
