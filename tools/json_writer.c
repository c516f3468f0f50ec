#include "tools/json_writer.h"

#include "datasets/utf8.h"

#include <math.h>
#include <stdlib.h>

static void write_string(FILE *file, const char *text)
{
    fputc('"', file);
    for (const char *at = text; *at;) {
        const size_t n = pinna_utf8_length(at);
        const unsigned char letter = (unsigned char)*at;
        if (n == 0)
            fputs("\\ufffd", file);
        else if (letter == '"' || letter == '\\')
            fprintf(file, "\\%c", letter);
        else if (letter < 0x20 || letter == 0x7f)
            fprintf(file, "\\u%04x", (unsigned)letter);
        else
            fwrite(at, 1, n, file);
        at += n ? n : 1;
    }
    fputc('"', file);
}

static void begin_member(pinna_json *json, const char *key)
{
    if (json->comma)
        fputs(", ", json->file);
    if (key) {
        write_string(json->file, key);
        fputs(": ", json->file);
    }
}

static void end_member(pinna_json *json)
{
    json->comma = json->depth > 0;
    if (json->depth == 0)
        fputc('\n', json->file);
}

void pinna_json_open(pinna_json *json, const char *key, char bracket)
{
    begin_member(json, key);
    fputc(bracket, json->file);
    json->depth++;
    json->comma = false;
}

void pinna_json_close(pinna_json *json, char bracket)
{
    fputc(bracket, json->file);
    json->depth--;
    end_member(json);
}

void pinna_json_string(pinna_json *json, const char *key, const char *value)
{
    begin_member(json, key);
    if (value)
        write_string(json->file, value);
    else
        fputs("null", json->file);
    end_member(json);
}

void pinna_json_number(pinna_json *json, const char *key, double value,
                       int decimals)
{
    begin_member(json, key);
    if (isfinite(value))
        fprintf(json->file, "%.*f", decimals, value);
    else
        fputs("null", json->file);
    end_member(json);
}

void pinna_json_exactly(pinna_json *json, const char *key, double value)
{
    char text[32];

    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    pinna_json_raw(json, key, isfinite(value) ? text : NULL);
}

void pinna_json_count(pinna_json *json, const char *key, size_t value)
{
    begin_member(json, key);
    fprintf(json->file, "%zu", value);
    end_member(json);
}

void pinna_json_bool(pinna_json *json, const char *key, bool value)
{
    pinna_json_raw(json, key, value ? "true" : "false");
}

void pinna_json_raw(pinna_json *json, const char *key, const char *text)
{
    begin_member(json, key);
    fputs(text ? text : "null", json->file);
    end_member(json);
}
