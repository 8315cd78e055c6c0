" Vim syntax for the .nk kernels of npusim. Copy editors/vim/* to ~/.vim.
if exists("b:current_syntax")
  finish
endif

syn keyword nkDeclaration kernel param tensor tile const launch
syn keyword nkControl for to step turn of while if else set wait
syn keyword nkFunction read
syn keyword nkRole control nz
syn match nkRegister "%\a\w*"
syn match nkNumber "\<\d[0-9a-zA-Z.]*\([eE][-+]\d\+\)\?"
syn match nkAttribute "\<\a\w*\ze="
syn match nkComment "#.*$" contains=nkTodo
syn keyword nkTodo TODO FIXME contained

" words: written by tools/docs
syn keyword nkDeclaration aic
syn keyword nkDeclaration aiv
syn keyword nkRole in
syn keyword nkRole out
syn keyword nkRole inout
syn keyword nkRole work
syn keyword nkSpace gm
syn keyword nkSpace l1
syn keyword nkSpace l0a
syn keyword nkSpace l0b
syn keyword nkSpace l0c
syn keyword nkSpace ub
syn keyword nkSpace bt
syn keyword nkSpace fb
syn keyword nkSpace spr
syn keyword nkType f16
syn keyword nkType bf16
syn keyword nkType f32
syn keyword nkType i4
syn keyword nkType i8
syn keyword nkType u8
syn keyword nkType i16
syn keyword nkType u16
syn keyword nkType i32
syn keyword nkType u32
syn keyword nkType i64
syn keyword nkType u64
syn keyword nkFunction min
syn keyword nkFunction max
syn keyword nkFunction clz
syn keyword nkFunction signbits
syn keyword nkFunction bitcount
syn keyword nkFunction bitfirst
syn keyword nkOperation load_ub
syn keyword nkOperation load_l1
syn keyword nkOperation load_nz
syn keyword nkOperation load_gm_l0a
syn keyword nkOperation load_gm_l0b
syn keyword nkOperation store
syn keyword nkOperation fixpipe
syn keyword nkOperation fixpipev
syn keyword nkOperation ub_to_l1
syn keyword nkOperation l1_to_ub
syn keyword nkOperation fixpipe_ub
syn keyword nkOperation l0c_to_ub
syn keyword nkOperation load_l0a
syn keyword nkOperation load_l0b
syn keyword nkOperation load3d
syn keyword nkOperation fill_l1
syn keyword nkOperation fill_l0
syn keyword nkOperation load_bt
syn keyword nkOperation load_fb
syn keyword nkOperation mmad
syn keyword nkOperation mmad_bias
syn keyword nkOperation vabs
syn keyword nkOperation vrelu
syn keyword nkOperation vnot
syn keyword nkOperation vrec
syn keyword nkOperation vrsqrt
syn keyword nkOperation vexp
syn keyword nkOperation vln
syn keyword nkOperation vsqrt
syn keyword nkOperation vcopy
syn keyword nkOperation vconv
syn keyword nkOperation vadds
syn keyword nkOperation vmuls
syn keyword nkOperation vmaxs
syn keyword nkOperation vmins
syn keyword nkOperation vlrelu
syn keyword nkOperation vshl
syn keyword nkOperation vshr
syn keyword nkOperation vaxpy
syn keyword nkOperation vdup
syn keyword nkOperation vadd
syn keyword nkOperation vsub
syn keyword nkOperation vmul
syn keyword nkOperation vdiv
syn keyword nkOperation vmax
syn keyword nkOperation vmin
syn keyword nkOperation vand
syn keyword nkOperation vor
syn keyword nkOperation vaddrelu
syn keyword nkOperation vsubrelu
syn keyword nkOperation vaddreluconv
syn keyword nkOperation vsubreluconv
syn keyword nkOperation vmulconv
syn keyword nkOperation vmla
syn keyword nkOperation vmadd
syn keyword nkOperation vmaddrelu
syn keyword nkOperation vconvdeq
syn keyword nkOperation vadddeqrelu
syn keyword nkOperation vconvvdeq
syn keyword nkOperation vcmp
syn keyword nkOperation vcmpv
syn keyword nkOperation vcmpvs
syn keyword nkOperation vsel
syn keyword nkOperation vselr
syn keyword nkOperation vsels
syn keyword nkOperation vcadd
syn keyword nkOperation vcmax
syn keyword nkOperation vcmin
syn keyword nkOperation vcgadd
syn keyword nkOperation vcgmax
syn keyword nkOperation vcgmin
syn keyword nkOperation vcpadd
syn keyword nkOperation vbrcb
syn keyword nkOperation vgather
syn keyword nkOperation vgatherb
syn keyword nkOperation vreduce
syn keyword nkOperation vreducev2
syn keyword nkOperation vreducev2p
syn keyword nkOperation vnchwconv
syn keyword nkOperation vscatter
syn keyword nkOperation vintlv
syn keyword nkOperation vdintlv
syn keyword nkOperation vci
syn keyword nkOperation vbitsort
syn keyword nkOperation vmrgsort
syn keyword nkOperation vmrgsort4
syn keyword nkOperation copy_ub
syn keyword nkOperation put
syn keyword nkOperation set_flag
syn keyword nkOperation wait_flag
syn keyword nkOperation barrier
syn keyword nkOperation cross_set
syn keyword nkOperation cross_wait
syn keyword nkOperation sync_all
" end

hi def link nkDeclaration Keyword
hi def link nkControl Statement
hi def link nkFunction Function
hi def link nkRole StorageClass
hi def link nkSpace Special
hi def link nkType Type
hi def link nkRegister Identifier
hi def link nkNumber Number
hi def link nkAttribute PreProc
hi def link nkComment Comment
hi def link nkTodo Todo
hi def link nkOperation Operator

let b:current_syntax = "nk"
