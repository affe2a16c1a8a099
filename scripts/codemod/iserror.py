# Guards that hold across realms: python3 /tmp/iserror.py (in the checkout's root)
import re,subprocess
files=subprocess.run("git ls-files -co --exclude-standard '*.ts' | xargs grep -l 'instanceof Error\\b'",shell=True,capture_output=True,text=True).stdout.split()
for f in files:
    s=open(f).read()
    s=re.sub(r"([\w.]+) instanceof Error\b",r"isNativeError(\1)",s)
    s=re.sub(r"!\(isNativeError\(([\w.]+)\)\)",r"!isNativeError(\1)",s)
    if 'const { isNativeError }' not in s:
        last=list(re.finditer(r"^(import [^;]*?;)$",s,re.M))[-1] if re.search(r"^import ",s,re.M) else None
        line="import { types } from 'node:util';\n"
        first=re.search(r"^import ",s,re.M)
        s=s.replace('isNativeError(','types.isNativeError(')
        if "import { types }" not in s:
            # after the last import of Node's own, else first
            nodes=list(re.finditer(r"^import [^;]*? from 'node:[^']*';\n",s,re.M))
            if nodes: s=s[:nodes[-1].end()]+line+s[nodes[-1].end():]
            elif first: s=s[:first.start()]+line+s[first.start():]
            else: s=line+s
    open(f,'w').write(s)
    print(f)
