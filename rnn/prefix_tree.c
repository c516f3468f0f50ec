#include "rnn/prefix_tree.h"

#include <stdlib.h>

/* The hypothesis of a node that is not in use: it is not released again. */
#define GONE (UINT32_MAX - 1)

pinna_status pinna_prefix_tree_new(size_t n_nodes, pinna_prefix_tree *tree)
{
    *tree = (pinna_prefix_tree){.nodes = malloc(n_nodes * sizeof *tree->nodes),
                                .n_nodes = n_nodes};
    return tree->nodes ? PINNA_OK : PINNA_NO_MEMORY;
}

void pinna_prefix_tree_free(pinna_prefix_tree *tree)
{
    free(tree->nodes);
}

/* A node of the pool. */
static uint32_t take_node(pinna_prefix_tree *tree, uint32_t parent, int token)
{
    const uint32_t index = tree->first_free;
    pinna_prefix *made = &tree->nodes[index];

    tree->first_free = made->next;
    *made = (pinna_prefix){.parent = parent,
                           .first_child = PINNA_NO_NODE,
                           .next = PINNA_NO_NODE,
                           .previous = PINNA_NO_NODE,
                           .token = token,
                           .hyp = PINNA_NO_HYP,
                           .word = PINNA_NO_WORD};
    return index;
}

static void give_back(pinna_prefix_tree *tree, uint32_t index)
{
    tree->nodes[index].next = tree->first_free;
    tree->nodes[index].hyp = GONE;
    tree->first_free = index;
}

void pinna_prefix_tree_reset(pinna_prefix_tree *tree, int token)
{
    for (size_t i = 0; i < tree->n_nodes; i++)
        tree->nodes[i].next =
            i + 1 < tree->n_nodes ? (uint32_t)(i + 1) : PINNA_NO_NODE;
    tree->first_free = 0;
    tree->root = take_node(tree, PINNA_NO_NODE, token);
}

uint32_t pinna_prefix_tree_add(pinna_prefix_tree *tree, uint32_t parent,
                               int token)
{
    const uint32_t index = take_node(tree, parent, token);
    pinna_prefix *nodes = tree->nodes, *made = &nodes[index];

    made->depth = nodes[parent].depth + 1;
    made->next = nodes[parent].first_child;
    if (made->next != PINNA_NO_NODE)
        nodes[made->next].previous = index;
    nodes[parent].first_child = index;
    return index;
}

void pinna_prefix_tree_release(pinna_prefix_tree *tree, uint32_t index)
{
    pinna_prefix *nodes = tree->nodes;

    while (index != tree->root && nodes[index].hyp == PINNA_NO_HYP &&
           nodes[index].first_child == PINNA_NO_NODE) {
        const pinna_prefix gone = nodes[index];
        if (gone.previous != PINNA_NO_NODE)
            nodes[gone.previous].next = gone.next;
        else
            nodes[gone.parent].first_child = gone.next;
        if (gone.next != PINNA_NO_NODE)
            nodes[gone.next].previous = gone.previous;
        give_back(tree, index);
        index = gone.parent;
    }
}

void pinna_prefix_tree_advance(pinna_prefix_tree *tree)
{
    const uint32_t old = tree->root;

    tree->root = tree->nodes[old].first_child;
    tree->nodes[tree->root].parent = PINNA_NO_NODE;
    give_back(tree, old);
}
