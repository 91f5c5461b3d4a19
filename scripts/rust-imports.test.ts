import { expect, test } from 'vitest';
import { circlesOf } from './circles.ts';
import { betweenFolders, rustImports, rustPathsOf } from './rust-imports.ts';

const crate = {
  'lib.rs': 'mod ground; mod top;',
  'ground/mod.rs': 'pub mod block; pub mod lane;',
  'ground/block.rs': 'use crate::ground::lane::Lane;\npub struct Block(Lane);',
  'ground/lane.rs': '// Not `crate::top::calls`, which is above.\npub struct Lane;',
  'top/mod.rs': 'pub mod calls;',
  'top/calls.rs': 'use crate::{ground::{block::Block, lane::*}};',
};

function circlesIn(files: Readonly<Record<string, string>>): readonly (readonly string[])[] {
  return circlesOf(rustImports(new Map(Object.entries(files))));
}

test('a crate whose imports go down has no circle', () => {
  const imports = rustImports(new Map(Object.entries(crate)));
  expect([...imports.get('top/calls.rs')!]).toEqual(['ground/block.rs', 'ground/lane.rs']);
  expect(circlesOf(imports)).toEqual([]);
  expect(circlesOf(betweenFolders(imports))).toEqual([]);
});

test.each([
  ['an import', 'use crate::top::calls::Call;'],
  ['one of several in braces', 'use core::mem;\nuse crate::{\n    top::calls::{self, Call},\n};'],
  ['a path in the code', 'fn run() { crate::top::calls::run(); }'],
  ['a path from above', 'use super::super::top::calls::Call;'],
  ['a path in a macro', 'macro_rules! run { () => { $crate::top::calls::run() } }'],
])('finds a circle that is closed by %s', (_, planted) => {
  expect(circlesIn({ ...crate, 'ground/lane.rs': planted })).toEqual([
    ['ground/lane.rs', 'top/calls.rs', 'ground/lane.rs'],
  ]);
});

test('finds a circle between folders whose files have none', () => {
  const files = { ...crate, 'top/names.rs': '', 'ground/lane.rs': 'use crate::top::names::NAMES;' };
  expect(circlesIn(files)).toEqual([]);
  expect(circlesOf(betweenFolders(rustImports(new Map(Object.entries(files)))))).toEqual([
    ['ground', 'top', 'ground'],
  ]);
});

test('reads every form of a path', () => {
  const source = `
use crate::a::{b, c::{D, e as f}, g::*};
use self::h::I;
use super::j;
//! [\`crate::k\`]
let x = crate::l::m::<T>(1);
`;
  expect(rustPathsOf(source, 'n::o')).toEqual([
    'a::b',
    'a::c::D',
    'a::c::e',
    'a::g::*',
    'n::o::h::I',
    'n::j',
    'l::m',
  ]);
});
