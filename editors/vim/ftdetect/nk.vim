autocmd BufRead,BufNewFile *.nk setfiletype nk
