/* tools/feature_fields.h -- the settings of the front end, one by one: names,
 * kinds and ranges, as options and JSON members need them */
#ifndef PINNA_TOOLS_FEATURE_FIELDS_H
#define PINNA_TOOLS_FEATURE_FIELDS_H

#include <stddef.h>

typedef enum pinna_field_kind {
    PINNA_FIELD_NUMBER, /* double */
    PINNA_FIELD_COUNT,  /* size_t */
    PINNA_FIELD_SEED,   /* uint64_t */
    PINNA_FIELD_FLAG,   /* bool */
    PINNA_FIELD_CHOICE, /* an enumeration, by name */
    PINNA_FIELD_POWER,  /* size_t that is no member of the JSON */
    PINNA_FIELD_SHORT,  /* bool that is no member of the JSON */
    PINNA_FIELD_TEXT,   /* const char *, NULL for none */
} pinna_field_kind;

/* One setting. Those without help are other names of the one before them. */
typedef struct pinna_feature_field {
    const char *name;
    pinna_field_kind kind;
    size_t offset; /* in pinna_feature_settings */
    double low, high;
    const char *value, *help;
    const char *const *choices; /* in the order of the enumeration */
} pinna_feature_field;

/* All of them, "type" first; the last has no name. */
extern const pinna_feature_field pinna_feature_fields[];

/* By the name of its option or JSON member ("num_mel_bins"); NULL for none. */
const pinna_feature_field *pinna_feature_field_of(const char *name);

#endif
