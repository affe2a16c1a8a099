# After the codemod and prettier: corrects in place what tsc complains about. Run in the checkout: python3 /tmp/jest-codemod-fix.py
import re,subprocess,collections
out=subprocess.run(['node_modules/.bin/tsc','-p','.'],capture_output=True,text=True).stdout
by=collections.defaultdict(list)
for m in re.finditer(r"^(test/\S+?)\((\d+),(\d+)\): error (TS\d+): (.*)$",out,re.M): by[m[1]].append((int(m[2]),int(m[3]),m[4],m[5]))
for f,errs in by.items():
    lines=open(f).read().split('\n'); done=set()
    for ln,col,code,msg in sorted(errs,reverse=True):
        line=lines[ln-1]
        if code=='TS6133':
            name=re.match(r"'(\w+)'",msg)[1]
            if re.match(r"import|^  \w+,$",line) : 
                if name=='assert': lines[ln-1]='\0'
                else: lines[ln-1]=re.sub(r"\b%s, |, %s\b"%(name,name),'',line)
                continue
            head=line[:col-1]; rest=line[col-1:]
            obj='{' in head[max(head.rfind('('),0):] or re.match(r"^\s+(\w+,)$",line) is None and '({' in head
            lines[ln-1]=head+(f"{name}: _{name}" if '({' in head else '_'+name)+rest[len(name):]
        elif code in('TS18048','TS2532','TS2339','TS2322','TS2345'):
            # nearest earlier line with expect(<root>?.
            name=re.match(r"'([\w.]+)' is possibly",msg)
            for k in range(ln-1,max(ln-40,0),-1):
                m=re.search(r"expect\(([\w.\[\]!]+?)\?\.",lines[k-1])
                if m and (name is None or m[1]==name[1]):
                    if (k,m[1]) not in done:
                        done.add((k,m[1]))
                        ind=re.match(r"\s*",lines[k-1])[0]
                        lines[k-1]=lines[k-1].replace(m[1]+'?.',m[1]+'.',1)
                        lines[k-1]=f"{ind}assert.ok({m[1]});\n"+lines[k-1]
                    break
            else: print('by hand',f,ln,msg)
        else: print('by hand',f,ln,code,msg)
    s='\n'.join(l for l in lines if l!='\0')
    if re.search(r"\bassert[.(]",s) and 'node:assert' not in s: s="import assert from 'node:assert/strict';\n"+s
    open(f,'w').write(s)
