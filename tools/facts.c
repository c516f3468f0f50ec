#include "tools/facts.h"

#include <stdio.h>

void pinna_tell_text(pinna_facts *facts, const char *key, const char *value)
{
    if (facts->machine)
        pinna_json_string(&facts->json, key, value);
    else if (value)
        printf("  %-18s %s\n", key, value);
}

void pinna_tell_count(pinna_facts *facts, const char *key, size_t value)
{
    if (facts->machine)
        pinna_json_count(&facts->json, key, value);
    else
        printf("  %-18s %zu\n", key, value);
}

void pinna_tell_number(pinna_facts *facts, const char *key, double value,
                       const char *unit)
{
    if (facts->machine)
        pinna_json_number(&facts->json, key, value, 3);
    else
        printf("  %-18s %.3f%s%s\n", key, value, unit[0] ? " " : "", unit);
}

void pinna_tell_json(pinna_facts *facts, const char *key, const char *value)
{
    if (facts->machine)
        pinna_json_raw(&facts->json, key, value);
    else
        pinna_tell_text(facts, key, value);
}

/* Lists of single characters are not for people. */
void pinna_tell_strings(pinna_facts *facts, const char *name,
                        char *const *strings, size_t n, bool words)
{
    char key[32];

    snprintf(key, sizeof key, "%ss", name);
    pinna_tell_count(facts, key, n);
    snprintf(key, sizeof key, "%s_list", name);
    if (facts->machine) {
        pinna_json_open(&facts->json, key, '[');
        for (size_t i = 0; i < n; i++)
            pinna_json_string(&facts->json, NULL, strings[i]);
        pinna_json_close(&facts->json, ']');
    } else if (words && n <= 64) {
        printf("  %-18s", key);
        for (size_t i = 0; i < n; i++)
            printf(" %s", strings[i]);
        putchar('\n');
    }
}
