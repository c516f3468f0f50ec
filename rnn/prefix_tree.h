/* rnn/prefix_tree.h -- the prefixes of a beam search as a tree of their last
 * tokens; a part of rnn/ctc_beam.h
 *
 * The nodes are those of the prefixes at hand and of their beginnings, back to
 * the root: the longest prefix that was pulled. They come from a pool of fixed
 * size, and are known by their place in it. */
#ifndef PINNA_RNN_PREFIX_TREE_H
#define PINNA_RNN_PREFIX_TREE_H

#include "dsp/status.h"
#include "rnn/beam_guide.h"

#include <stddef.h>
#include <stdint.h>

#define PINNA_NO_NODE UINT32_MAX
#define PINNA_NO_HYP  UINT32_MAX

typedef struct pinna_prefix {
    uint32_t parent, first_child;
    uint32_t next, previous; /* siblings; or next of those not in use */
    int token;               /* the last one; of no token, the blank */
    uint32_t hyp;            /* number of the hypothesis that is this prefix, or
                                PINNA_NO_HYP */
    uint32_t depth; /* tokens from the start of the stream: enough for years */
    uint32_t arc;   /* of the guide's graph; else the token */
    uint32_t word;  /* that ends here, or PINNA_NO_WORD */
    pinna_guide_place place;
    double bonus;   /* of the guide so far */
    double outlook; /* of the word under way */
} pinna_prefix;

typedef struct pinna_prefix_tree {
    pinna_prefix *nodes; /* [n_nodes] */
    size_t n_nodes;
    uint32_t root, first_free;
} pinna_prefix_tree;

/* PINNA_NO_MEMORY. */
pinna_status pinna_prefix_tree_new(size_t n_nodes, pinna_prefix_tree *tree);
/* All zero is fine. */
void pinna_prefix_tree_free(pinna_prefix_tree *tree);

/* Nothing but a root of this token. */
PINNA_REALTIME void pinna_prefix_tree_reset(pinna_prefix_tree *tree, int token);

/* A new node, the first of its parent's children. One must be free. */
PINNA_REALTIME uint32_t pinna_prefix_tree_add(pinna_prefix_tree *tree,
                                              uint32_t parent, int token);

/* Give back the node and those before it, as far as no hypothesis and no child
 * needs them. */
PINNA_REALTIME void pinna_prefix_tree_release(pinna_prefix_tree *tree,
                                              uint32_t index);

/* The root's only child becomes the root. */
PINNA_REALTIME void pinna_prefix_tree_advance(pinna_prefix_tree *tree);

#endif
