/* tools/facts.h -- what `pinna info` tells of a file: lines for people, or the
 * members of a JSON object */
#ifndef PINNA_TOOLS_FACTS_H
#define PINNA_TOOLS_FACTS_H

#include "tools/json_writer.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_facts {
    pinna_json json;
    bool machine; /* JSON */
} pinna_facts;

/* NULL is null in JSON, and left out for people. */
void pinna_tell_text(pinna_facts *facts, const char *key, const char *value);
void pinna_tell_count(pinna_facts *facts, const char *key, size_t value);
/* unit may be "". */
void pinna_tell_number(pinna_facts *facts, const char *key, double value,
                       const char *unit);

/* value is JSON text or NULL. */
void pinna_tell_json(pinna_facts *facts, const char *key, const char *value);

/* How many strings of that name ("token") there are, and which. */
void pinna_tell_strings(pinna_facts *facts, const char *name,
                        char *const *strings, size_t n, bool words);

#endif
