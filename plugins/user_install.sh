#!/bin/sh
# plugins/user_install.sh PLUGINS -- copies the plugins of a build to where
# hosts look for those of one user: ~/.ladspa, ~/.lv2 and ~/.clap
set -eu
plugins=$1

# copy KIND NAME
copy() {
    [ -e "$plugins/$1/$2" ] || return 0
    mkdir -p -- "$HOME/.$1"
    rm -rf -- "${HOME:?}/.$1/$2"
    cp -R -- "$plugins/$1/$2" "$HOME/.$1/$2"
    echo "$HOME/.$1/$2"
}

copy ladspa pinna.so
copy lv2 pinna.lv2
copy clap pinna.clap
